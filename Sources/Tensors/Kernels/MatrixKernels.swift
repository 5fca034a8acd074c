import CPlatform
import Foundation

/// What multiplies matrices in this process.
public enum MatrixKernels: Sendable {
  /// Our own tiles, for CPUs with AVX-512.
  case panels
  /// The library's product on each of our threads.
  case openBLAS(OpenBLAS)

  /// The choice of this process: what `MAPO_PRODUCT` says, `panels` or `openblas`, else the panels
  /// where the code was compiled for AVX-512.
  ///
  /// - Throws: `MatrixKernelsError` when the library is chosen and missing, or the choice is unknown.
  public static func chosen() throws(MatrixKernelsError) -> MatrixKernels { try choice.get() }

  /// The same for operations: who calls one without a product stops.
  package static var current: MatrixKernels {
    switch choice {
    case .success(let kernels): kernels
    case .failure(let error): preconditionFailure(error.description)
    }
  }

  private static let choice: Result<MatrixKernels, MatrixKernelsError> = {
    let isWide = COMPILED_VECTORS == "AVX-512"
    switch ProcessInfo.processInfo.environment["MAPO_PRODUCT"] {
    case "panels": return .success(.panels)
    case nil where isWide: return .success(.panels)
    case nil, "openblas":
      return OpenBLAS.loaded.map { .openBLAS($0) }.mapError { .library($0) }
    case let other?: return .failure(.unknownProduct(other))
    }
  }()

  /// A name for tables.
  public var name: String {
    switch self {
    case .panels: "panels (\(COMPILED_VECTORS))"
    case .openBLAS(let library): "OpenBLAS (\(library.coreName))"
    }
  }
}

/// Why nothing can multiply matrices.
public enum MatrixKernelsError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The library is missing.
  case library(OpenBLASError)
  /// A value of `MAPO_PRODUCT` that means nothing.
  case unknownProduct(String)

  /// One sentence for the person who ran the command.
  public var description: String {
    switch self {
    case .library(let error): error.description
    case .unknownProduct(let text): "MAPO_PRODUCT is '\(text)'; it can be panels or openblas"
    }
  }
}
