import Foundation

/// What the system says about the CPU.
package struct Processor: Sendable, Equatable {
  /// The name that the system gives it; "unknown" where it gives none.
  package let name: String
  /// Names of its instruction sets as in `/proc/cpuinfo`; empty where that file is missing.
  package let features: Set<String>

  /// The CPU of this machine.
  package static let current = Processor(
    information: (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? "")

  /// Reads the first processor of a text in the form of `/proc/cpuinfo`.
  package init(information: String) {
    let fields = information.split(separator: "\n").map { line in
      line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
    }
    let value = { (keys: Set<String>) in
      fields.first { $0.count == 2 && keys.contains($0[0]) }?[1]
    }
    name = value(["model name", "Processor"]) ?? "unknown"
    features = Set((value(["flags", "Features"]) ?? "").split(separator: " ").map(String.init))
  }

  /// The kernels to ask OpenBLAS for where its own choice may be too low: only for a CPU that has
  /// every instruction set they use. Nil leaves the choice to the library, which knows the older
  /// instruction sets on any CPU.
  package var bestCoreType: String? {
    let needed: Set = ["avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd", "fma"]
    return needed.isSubset(of: features) ? "SkylakeX" : nil
  }
}
