import Tensors

/// How fast square float32 matrices are multiplied: the ceiling of everything else.
public struct ProductBenchmark: Sendable {
  /// How a product keeps the cores busy.
  public enum Mode: String, Encodable, Sendable, CaseIterable {
    /// One product, split by the library over its own threads.
    case libraryThreads
    /// A product of its own on every core, each on one thread.
    case productPerCore
    /// One product by what multiplies matrices in this process, shared among its threads: for
    /// comparison, not part of the ceiling.
    case engine
  }

  /// The sizes that make the ceiling.
  public static let standardSizes = [1024, 2048, 4096]

  /// Rows and columns of the matrices.
  public var sizes: [Int]

  /// A benchmark of these sizes.
  public init(sizes: [Int] = ProductBenchmark.standardSizes) { self.sizes = sizes }

  /// Measures all sizes in all modes.
  ///
  /// - Throws: `OpenBLASError` when there is no library.
  public func run() throws(OpenBLASError) -> ProductReport {
    let library = try OpenBLAS.shared()
    var results: [ProductReport.Result] = []
    for size in sizes {
      let products = try SquareProducts(size: size)
      for mode in Mode.allCases {
        results.append(.init(n: size, mode: mode, gflops: Self.gflops(products, size, mode)))
      }
    }
    BufferPool.trim()
    return ProductReport(
      gflops: results.filter { $0.mode != .engine }.map(\.gflops).max() ?? 0,
      library: library.title, coreName: library.coreName,
      reason: library.choice.reason(coreName: library.coreName),
      threads: ComputeThreads.count, results: results)
  }

  /// The best of several runs, at least five and enough for half a second: what disturbs a run can
  /// only make it slower.
  private static func gflops(_ products: SquareProducts, _ size: Int, _ mode: Mode) -> Double {
    let operations = 2e-9 * Double(size) * Double(size) * Double(size)
    var (best, total, runs) = (0.0, 0.0, 0)
    while runs < 6 || total < 0.5 {
      var count = 0
      let time = seconds {
        switch mode {
        case .libraryThreads: count = products.multiplySplit()
        case .productPerCore: count = products.multiplySideBySide()
        case .engine: count = products.multiplyByEngine()
        }
      }
      if runs > 0 { best = max(best, Double(count) * operations / time) }
      total += time
      runs += 1
    }
    return best
  }
}

/// What `ProductBenchmark` found.
public struct ProductReport: Encodable, Sendable {
  /// One size in one mode.
  public struct Result: Encodable, Sendable {
    /// Rows and columns.
    public let n: Int
    /// How the cores were kept busy.
    public let mode: ProductBenchmark.Mode
    /// 10⁹ floating-point operations a second.
    public let gflops: Double
  }

  /// The best of the library's results, in 10⁹ floating-point operations a second.
  public let gflops: Double
  /// The library's file, and what it says about itself.
  public let library: String
  /// The library's name of its kernels.
  public let coreName: String
  /// Why these kernels run.
  public let reason: String
  /// Threads in use.
  public let threads: Int
  /// Every size and mode.
  public let results: [Result]
}
