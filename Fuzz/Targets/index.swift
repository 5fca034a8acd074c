import Foundation
import NeuralNetworks

/// A folder with two files of weights, whose index is the input.
private let folder: URL = {
  let folder = FileManager.default.temporaryDirectory.appending(
    path: "mapo-fuzz-\(ProcessInfo.processInfo.processIdentifier)")
  do {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, file) in [("a", "model-00001-of-00002"), ("b", "model-00002-of-00002")] {
      try withUnsafePointer(to: Float(1)) { value in
        try Safetensors.write(
          [(name, [1], UnsafeBufferPointer(start: value, count: 1))], as: .float32,
          to: folder.appending(path: file + ".safetensors"))
      }
    }
  } catch {
    fatalError("the folder cannot be made: \(error)")
  }
  return folder
}()

/// Opens the weights of a folder whose model.safetensors.index.json is the input, and reads them.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  check(start, count) { data in
    try data.write(to: folder.appending(path: "model.safetensors.index.json"))
    let weights = try ShardedSafetensors(contentsOf: folder)
    for name in ["a", "b"] where weights.shape(of: name) != nil {
      var value = Float.nan
      try withUnsafeMutablePointer(to: &value) {
        try weights.read(name, into: UnsafeMutableBufferPointer(start: $0, count: 1))
      }
      precondition(value == 1, "tensor '\(name)' was read as \(value)")
    }
  }
}

/// Edits the JSON by whole values.
@_cdecl("LLVMFuzzerCustomMutator")
public func customMutator(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int, _ seed: UInt32
) -> Int {
  mutate(data, size, limit, seed: seed) { mutateJSON(&$0, using: &$1) }
}
