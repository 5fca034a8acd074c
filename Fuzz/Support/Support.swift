import CFuzzer
import Foundation
import LanguageModels
import NeuralNetworks
import Tokenizers

/// Runs `body` on an input. What it throws has to be one of the readers' sentences, which names what
/// is wrong without giving the file's contents back.
func check(
  _ start: UnsafePointer<UInt8>, _ count: Int, _ body: (Data) throws -> Void
) -> CInt {
  do {
    try body(Data(UnsafeBufferPointer(start: start, count: count)))
  } catch {
    let sentence: String
    switch error {
    case let error as CheckpointError:
      sentence = error.description
      let isControl = { (scalar: Unicode.Scalar) in
        scalar.properties.generalCategory == .control
      }
      precondition(!sentence.unicodeScalars.contains(where: isControl), "a line: \(sentence)")
    case let error as TokenizerError: sentence = error.description
    case let error as ChatTemplateError: sentence = error.description
    default: fatalError("not an error of a reader: \(error)")
    }
    precondition(!sentence.isEmpty && sentence.utf8.count < 2000, "a sentence: \(sentence)")
  }
  return 0
}

/// Lets `edit` write a variant of an input every other time, and libFuzzer the other times.
///
/// - Returns: The variant's size; `data` holds it.
func mutate(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int, seed: UInt32,
  edit: (inout [UInt8], inout SeededGenerator) -> Void
) -> Int {
  var random = SeededGenerator(state: UInt64(seed))
  if Bool.random(using: &random) { return LLVMFuzzerMutate(data, size, limit) }
  var bytes = Array(UnsafeBufferPointer(start: data, count: size))
  edit(&bytes, &random)
  guard bytes.count <= limit else { return LLVMFuzzerMutate(data, size, limit) }
  _ = UnsafeMutableBufferPointer(start: data, count: limit).update(fromContentsOf: bytes)
  return bytes.count
}

/// SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
