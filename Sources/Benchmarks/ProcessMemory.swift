import CPlatform
import Foundation

/// What the system and the allocator say about the memory of this process.
package enum ProcessMemory {
  /// Bytes in memory now; nil where the system does not tell.
  package static var residentBytes: Int? { status("VmRSS") }

  /// The most bytes that were in memory at once since the process began; nil where the system does
  /// not tell.
  package static var peakBytes: Int? { status("VmHWM") }

  /// The most bytes that were in memory at once, less those of an earlier moment; nil where the
  /// system does not tell.
  package static func peakBytes(above earlier: Int?) -> Int? {
    guard let peakBytes, let earlier else { return nil }
    return peakBytes - earlier
  }

  /// Bytes that are allocated now, in use by anyone of the process.
  package static var allocatedBytes: Int { Int(allocated_bytes()) }

  /// A field of `/proc/self/status`, which counts in units of 1024 bytes.
  private static func status(_ key: String) -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("\(key):") })
    else { return nil }
    return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
      .map { $0 * 1024 }
  }
}
