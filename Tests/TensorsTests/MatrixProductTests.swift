import Tensors
import TestSupport
import Testing

@Suite struct MatrixProductTests {
  /// Ours and the library's: a process uses one of them, the tests both.
  enum Product: CaseIterable, Sendable {
    case panels, openBLAS

    func kernels() throws -> MatrixKernels {
      switch self {
      case .panels: .panels
      case .openBLAS: .openBLAS(try OpenBLAS.shared())
      }
    }
  }

  /// The extents of a product and how its matrices lie in memory.
  struct Case: CustomStringConvertible {
    var m, n, k: Int
    var layouts = (Layout.plain, Layout.plain)
    /// Numbers between the rows of A, B and C that are not theirs.
    var gaps = (0, 0, 0)
    var alpha: Float = 1
    var beta: Float = 0

    var description: String {
      "\(m)×\(n)×\(k), \(layouts), gaps \(gaps), α \(alpha), β \(beta)"
    }
  }

  /// One number less, as many and one more than vectors, tiles, panels and blocks hold.
  private static let extents = [
    0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 256, 257, 511, 512, 513,
  ]

  /// Beyond the blocks of rows, of terms and of columns; A far apart, so that it is copied.
  private static let large = [
    Case(m: 200, n: 40, k: 70, layouts: (.transposed, .plain), gaps: (4100, 0, 0)),
    Case(m: 13, n: 513, k: 513, layouts: (.transposed, .transposed), gaps: (4100, 1, 2)),
    Case(m: 513, n: 33, k: 257, layouts: (.plain, .transposed)),
    Case(m: 193, n: 1100, k: 9, beta: 1),
  ]

  private func randomCase(_ random: inout SeededGenerator) -> Case {
    func pick<Element>(_ choices: [Element]) -> Element {
      choices[Int.random(in: choices.indices, using: &random)]
    }
    return Case(
      m: pick(Self.extents), n: pick(Self.extents), k: pick(Self.extents),
      layouts: (pick([.plain, .transposed]), pick([.plain, .transposed])),
      gaps: (pick([0, 3]), pick([0, 1]), pick([0, 5])),
      alpha: pick([1, -0.5, 0]), beta: pick([0, 1, -2]))
  }

  @Test(arguments: Product.allCases)
  func agreesWithReference(product: Product) throws {
    var random = SeededGenerator(seed: 1)
    let kernels = try product.kernels()
    var cases = Self.large
    while cases.count < 150 {
      let next = randomCase(&random)
      if next.m * next.n * next.k <= 1 << 21 { cases.append(next) }
    }
    for current in cases {
      let operands = Operands(current, using: &random)
      let (found, expected) = (operands.product(kernels), operands.expected)
      expectClose(found.filter { $0 != Operands.gap }, to: expected, within: 2e-5, "\(current)")
      #expect(
        found.count { $0 == Operands.gap } == current.m * current.gaps.2,
        "\(current): what lies between the rows stays")
    }
  }

  /// Shares among threads hold whole tiles and panels, and no sum is split.
  @Test(arguments: [
    [70, 5, 90], [1, 700, 120], [400, 40, 64], [40, 400, 64], [3, 2000, 40], [333, 333, 33],
  ])
  func threadsChangeNothing(extents: [Int]) {
    var random = SeededGenerator(seed: 2)
    for (a, b) in [(Layout.plain, Layout.plain), (.plain, .transposed), (.transposed, .plain)] {
      let operands = Operands(
        Case(
          m: extents[0], n: extents[1], k: extents[2], layouts: (a, b), gaps: (1, 2, 3), beta: 1),
        using: &random)
      let alone = operands.product(.current)
      for threads in [1, 2, 3, 8] {
        withComputeThreads(threads) {
          expectSame(operands.parallelProduct(), alone, "\(a), \(b), \(threads) threads")
        }
      }
    }
  }
}

/// The matrices of one case, filled with random numbers.
private struct Operands {
  /// What lies between the rows of C, where no product writes.
  static let gap: Float = 77

  private let current: MatrixProductTests.Case
  private let a, b: StoredMatrix
  /// C before the product: not a number where it must not count.
  private let c: [Float]
  /// The product without the gaps.
  let expected: [Double]

  init(_ current: MatrixProductTests.Case, using random: inout SeededGenerator) {
    let (m, n, k) = (current.m, current.n, current.k)
    self.current = current
    a = StoredMatrix(
      rows: m, columns: k, current.layouts.0, gap: current.gaps.0, using: &random)
    b = StoredMatrix(
      rows: k, columns: n, current.layouts.1, gap: current.gaps.1, using: &random)
    let before =
      current.beta == 0 ? [Float](repeating: .nan, count: m * n) : random.symmetric(m * n)
    c = (0..<m).flatMap { row in
      before[row * n..<(row + 1) * n] + [Float](repeating: Self.gap, count: current.gaps.2)
    }
    let (alpha, beta) = (Double(current.alpha), Double(current.beta))
    let sums = Reference.matrixProduct(a.content, b.content, m: m, n: n, k: k)
    expected = zip(sums, before).map { alpha * $0 + (beta == 0 ? 0 : beta * Double($1)) }
  }

  func product(_ kernels: MatrixKernels) -> [Float] {
    var result = c
    matrixProduct(
      &result, stride: current.n + current.gaps.2, a.memory, a.layout, stride: a.stride,
      b.memory, b.layout, stride: b.stride, m: current.m, n: current.n, k: current.k,
      alpha: current.alpha, beta: current.beta, kernels: kernels)
    return result
  }

  func parallelProduct() -> [Float] {
    var result = c
    parallelMatrixProduct(
      &result, stride: current.n + current.gaps.2, a.memory, a.layout, stride: a.stride,
      b.memory, b.layout, stride: b.stride, m: current.m, n: current.n, k: current.k,
      alpha: current.alpha, beta: current.beta)
    return result
  }
}

/// A matrix as it lies in memory, and its content as products read it.
private struct StoredMatrix {
  let layout: Layout
  let stride: Int
  /// Rows of `stride` numbers, of which the last are not the matrix's and not numbers.
  let memory: [Float]
  /// Row-major, without gaps.
  let content: [Double]

  init(rows: Int, columns: Int, _ layout: Layout, gap: Int, using random: inout SeededGenerator) {
    let (lines, width) = layout == .plain ? (rows, columns) : (columns, rows)
    let values = random.symmetric(rows * columns)
    let stored = values.map(Double.init)
    self.layout = layout
    stride = max(1, width + gap)
    memory = (0..<lines).flatMap { line in
      values[line * width..<(line + 1) * width] + [Float](repeating: .nan, count: gap)
    }
    content =
      layout == .plain ? stored : Reference.transposed(stored, rows: lines, columns: width)
  }
}
