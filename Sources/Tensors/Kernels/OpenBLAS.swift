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

  typealias SingleProduct =
    @convention(c) (
      Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32,
      UnsafePointer<Float>, Int32, Float, UnsafeMutablePointer<Float>, Int32
    ) -> Void
  let sgemm: SingleProduct

  /// The library of this process, or the reason why there is none.
  static let loaded: Result<OpenBLAS, OpenBLASError> = load()

  /// The library of this process.
  ///
  /// - Throws: `OpenBLASError` when the library is missing or lacks a function.
  public static func shared() throws(OpenBLASError) -> OpenBLAS { try loaded.get() }

  private static func load() -> Result<OpenBLAS, OpenBLASError> {
    if let name = bestCoreType() { setenv("OPENBLAS_CORETYPE", name, 0) }
    let names = ["libopenblas.so.0", "libopenblas.so", "libopenblas.dylib"]
    for name in names {
      guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) else { continue }
      guard let product = dlsym(handle, "cblas_sgemm"),
        let threads = dlsym(handle, "openblas_set_num_threads"),
        let core = dlsym(handle, "openblas_get_corename")
      else { return .failure(.missingFunction(library: name)) }
      // Our own threads split the work, so each call of the library stays on one.
      unsafeBitCast(threads, to: (@convention(c) (Int32) -> Void).self)(1)
      let coreName = unsafeBitCast(
        core, to: (@convention(c) () -> UnsafePointer<CChar>?).self)()
      return .success(
        OpenBLAS(
          coreName: coreName.map { String(cString: $0) } ?? "unknown", library: name,
          sgemm: unsafeBitCast(product, to: SingleProduct.self)))
    }
    return .failure(.notFound)
  }

  /// The kernels to ask for where the library's own choice may be too low: only for a CPU that
  /// has every instruction set they use.
  private static func bestCoreType() -> String? {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("flags") })
    else { return nil }
    let flags = Set(line.split(separator: " ").map(String.init))
    let needed: Set = ["avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd", "fma"]
    return needed.isSubset(of: flags) ? "SkylakeX" : nil
  }
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
