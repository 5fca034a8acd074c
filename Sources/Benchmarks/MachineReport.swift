import CPlatform
import Foundation
import Tensors

/// What this program computes on, and how.
public struct MachineReport: Encodable, Sendable {
  /// The CPU's name as the system gives it.
  public let cpu: String
  /// Those of its instruction sets that matter here, as the system names them.
  public let features: [String]
  /// Processors that the system lets this program use.
  public let cores: Int
  /// Threads that it uses.
  public let threads: Int
  /// The widest vector instructions that the Swift code was compiled for.
  public let vectors: String
  /// Memory of the machine.
  public let memoryBytes: UInt64
  /// Free in the current folder; nil where the system does not tell.
  @NullWhenMissing public private(set) var freeDiskBytes: Int?
  /// What multiplies matrices.
  public let product: String
  /// File of the matrix library, and what it says about itself; nil where there is none.
  @NullWhenMissing public private(set) var library: String?
  /// The library's name of its kernels.
  @NullWhenMissing public private(set) var coreName: String?
  /// Why these kernels run, or why there is no library.
  public let reason: String

  /// Looks at the machine and, where it is there, loads the library.
  ///
  /// - Throws: `MatrixKernelsError` where nothing multiplies matrices.
  public init() throws(MatrixKernelsError) {
    let processor = Processor.current
    cpu = processor.name
    features = Self.relevantFeatures.filter(processor.features.contains)
    cores = ProcessInfo.processInfo.activeProcessorCount
    threads = ComputeThreads.count
    vectors = COMPILED_VECTORS
    memoryBytes = ProcessInfo.processInfo.physicalMemory
    freeDiskBytes = Self.freeDiskBytes()
    product = try MatrixKernels.chosen().name
    do throws(OpenBLASError) {
      let library = try OpenBLAS.shared()
      reason = library.choice.reason(coreName: library.coreName)
      self.library = library.title
      coreName = library.coreName
    } catch {
      reason = error.description
    }
  }

  private static let relevantFeatures = [
    "sse4_2", "avx", "avx2", "fma", "avx512f", "avx512cd", "avx512dq", "avx512bw", "avx512vl",
    "avx512_vnni", "avx512_bf16", "amx_bf16", "asimd", "sve", "sve2", "bf16",
  ]

  private static func freeDiskBytes() -> Int? {
    let files = FileManager.default
    let attributes = try? files.attributesOfFileSystem(forPath: files.currentDirectoryPath)
    return (attributes?[.systemFreeSize] as? NSNumber)?.intValue
  }
}

extension OpenBLAS {
  /// The file and, where the library tells it, version and build options.
  var title: String { version.map { "\(library): \($0)" } ?? library }
}
