import Foundation
import LanguageModels
import NeuralNetworks

/// Weights of a file that holds none.
private let noWeights = try? Safetensors(
  data: Data([2, 0, 0, 0, 0, 0, 0, 0]) + Data("{}".utf8), name: "empty")

/// Reads a config.json and asks for a model of that shape, for whose weights there is no file: it
/// has to be refused before memory for them is taken.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  check(start, count) { data in
    let configuration = try HuggingFaceConfiguration(json: data, name: "fuzzed")
    precondition(configuration.shape.problem == nil, "an impossible shape was read")
    guard let noWeights else { preconditionFailure("the empty file is not read") }
    _ = try Transformer(configuration.shape, head: configuration.head, contentsOf: noWeights)
    preconditionFailure("a model without weights was made")
  }
}

/// Edits the JSON by whole values.
@_cdecl("LLVMFuzzerCustomMutator")
public func customMutator(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int, _ seed: UInt32
) -> Int {
  mutate(data, size, limit, seed: seed) { mutateJSON(&$0, using: &$1) }
}
