import Foundation
import LanguageModels

/// Reads an adapter_config.json.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  check(start, count) { data in
    _ = try AdapterConfiguration(json: data, name: "fuzzed")
  }
}

/// Edits the JSON by whole values.
@_cdecl("LLVMFuzzerCustomMutator")
public func customMutator(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int, _ seed: UInt32
) -> Int {
  mutate(data, size, limit, seed: seed) { mutateJSON(&$0, using: &$1) }
}
