import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The matrix product of OpenBLAS, loaded at run time.
///
/// Loading by hand instead of linking lets us choose the kernels first: a library that does not
/// know a newer CPU falls back to slower ones, and reads `OPENBLAS_CORETYPE` only while it loads.
/// What the user set is respected.
public struct OpenBLAS: Sendable {
  /// The library's own name of its kernels, such as `SkylakeX`.
  public let coreName: String
  /// The file that was loaded.
  public let library: String
  /// Version and build options in the library's words; nil where it does not tell them.
  public let version: String?
  /// Who chose the kernels.
  public let choice: KernelChoice

  typealias SingleProduct =
    @convention(c) (
      Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32,
      UnsafePointer<Float>, Int32, Float, UnsafeMutablePointer<Float>, Int32
    ) -> Void
  let sgemm: SingleProduct
  private typealias SetThreads = @convention(c) (Int32) -> Void
  private let setThreads: SetThreads

  /// The library of this process, or the reason why there is none.
  static let loaded: Result<OpenBLAS, OpenBLASError> = load()

  /// The library of this process.
  ///
  /// - Throws: `OpenBLASError` when the library is missing or lacks a function.
  public static func shared() throws(OpenBLASError) -> OpenBLAS { try loaded.get() }

  private static func load() -> Result<OpenBLAS, OpenBLASError> {
    let choice = KernelChoice(
      environment: ProcessInfo.processInfo.environment, processor: .current)
    // Only while the library loads: programs that this one starts choose for themselves.
    if case .detected(let name) = choice { setenv(KernelChoice.variable, name, 1) }
    defer { if case .detected = choice { unsetenv(KernelChoice.variable) } }
    for name in ["libopenblas.so.0", "libopenblas.so", "libopenblas.dylib"] {
      guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) else { continue }
      guard let library = OpenBLAS(handle, name: name, choice: choice) else {
        return .failure(.missingFunction(library: name))
      }
      // Our own threads split the work, so each call of the library stays on one.
      library.setThreads(1)
      return .success(library)
    }
    return .failure(.notFound)
  }

  /// The functions of a loaded library; nil where one is missing.
  private init?(_ handle: UnsafeMutableRawPointer, name: String, choice: KernelChoice) {
    guard let product = dlsym(handle, "cblas_sgemm"),
      let threads = dlsym(handle, "openblas_set_num_threads"),
      let core = dlsym(handle, "openblas_get_corename")
    else { return nil }
    typealias Text = @convention(c) () -> UnsafePointer<CChar>?
    let text = { (function: UnsafeMutableRawPointer) in
      unsafeBitCast(function, to: Text.self)().map { String(cString: $0) }
    }
    coreName = text(core) ?? "unknown"
    library = name
    version = dlsym(handle, "openblas_get_config").flatMap(text)
    self.choice = choice
    sgemm = unsafeBitCast(product, to: SingleProduct.self)
    setThreads = unsafeBitCast(threads, to: SetThreads.self)
  }

  /// Lets the library split each product over threads of its own during `body`.
  func withLibraryThreads<Result>(_ count: Int, _ body: () -> Result) -> Result {
    setThreads(Int32(count))
    defer { setThreads(1) }
    return body()
  }
}

/// Who chose the kernels of the matrix product.
public enum KernelChoice: Equatable, Sendable {
  /// The user, with `OPENBLAS_CORETYPE`; `better` are those that would have been asked for, where
  /// they are others.
  case user(String, better: String?)
  /// This program, because the CPU has every instruction set that they use.
  case detected(String)
  /// The library: nothing better is known for this CPU.
  case library

  static let variable = "OPENBLAS_CORETYPE"

  /// What the user set; where nothing is set, the best kernels that the CPU can run.
  package init(environment: [String: String], processor: Processor) {
    let best = processor.bestCoreType
    if let name = environment[Self.variable], !name.isEmpty {
      self = .user(name, better: Self.isSame(name, best ?? name) ? nil : best)
    } else if let best {
      self = .detected(best)
    } else {
      self = .library
    }
  }

  /// Why these kernels run, in a sentence.
  ///
  /// - Parameter coreName: The kernels that the library reports.
  public func reason(coreName: String) -> String {
    let but = { (asked: String) in
      Self.isSame(asked, coreName) ? "" : ", but the library runs \(coreName)"
    }
    return switch self {
    case .user(let name, let better):
      "\(Self.variable) is set to \(name)" + but(name)
        + (better.map { "; without it \($0) would be asked for, which this CPU can run" } ?? "")
    case .detected(let name):
      "the CPU has AVX-512, for which \(name) is the best" + but(name)
    case .library: "the library's own choice for this CPU"
    }
  }

  /// Names of kernels are the same in any case.
  private static func isSame(_ a: String, _ b: String) -> Bool { a.lowercased() == b.lowercased() }
}

/// Why there is no matrix product.
public enum OpenBLASError: Error, Equatable, Sendable, CustomStringConvertible {
  /// No library under any of its names.
  case notFound
  /// A library of that name that is not OpenBLAS.
  case missingFunction(library: String)

  /// One sentence for the person who ran the command.
  public var description: String {
    switch self {
    case .notFound: "OpenBLAS is not installed (Debian and Ubuntu: apt-get install libopenblas-dev)"
    case .missingFunction(let library): "\(library) is not OpenBLAS: a function is missing"
    }
  }
}
