import Foundation
import LanguageModels

/// Reads a GGUF file to a model and its tokenizer.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  check(start, count) { data in
    let folder = try ModelFolder(gguf: GGUFFile(data: data, name: "fuzzed"))
    // The smallest number of bits that a weight takes is 8.
    precondition(
      folder.model.parameters.count <= count, "more weights than the file can hold")
  }
}

/// Replaces a 32- or 64-bit integer anywhere by an odd one.
@_cdecl("LLVMFuzzerCustomMutator")
public func customMutator(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int, _ seed: UInt32
) -> Int {
  mutate(data, size, limit, seed: seed) { bytes, random in
    let width = Bool.random(using: &random) ? 4 : 8
    // The header is a fraction of the file; half of the edits go to its first part.
    let end = Bool.random(using: &random) ? bytes.count : min(bytes.count, 1024)
    guard end >= width else { return }
    let start = Int.random(in: 0...end - width, using: &random)
    let value = oddIntegers.randomElement(using: &random) ?? 0
    for offset in 0..<width {
      bytes[start + offset] = UInt8(truncatingIfNeeded: value >> (8 * offset))
    }
  }
}

/// Types of values, small counts, and the ends of the ranges of integers.
private let oddIntegers: [UInt64] =
  Array(0...13) + [31, 32, 33, 255, 256] + [16, 20, 24, 30, 31, 32, 40, 62, 63].map { 1 << $0 }
  + [UInt64(Int32.max), UInt64(Int64.max), .max, .max - 7, .max - 31]
