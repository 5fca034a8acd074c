import Foundation
import NeuralNetworks

/// Opens a safetensors file and reads every tensor.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  check(start, count) { data in
    let file = try Safetensors(data: data, name: "fuzzed")
    var byteCount = 0
    for name in file.names {
      guard let place = file.place(of: name) else { continue }
      byteCount += place.bytes.count
      let values = UnsafeMutableBufferPointer<Float>.allocate(
        capacity: place.bytes.count / place.type.byteCount)
      defer { values.deallocate() }
      try file.read(name, into: values)
    }
    precondition(byteCount <= count, "more was read than there is")
  }
}

/// Edits the header's JSON and mostly gives its length as it is then.
@_cdecl("LLVMFuzzerCustomMutator")
public func customMutator(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int, _ seed: UInt32
) -> Int {
  mutate(data, size, limit, seed: seed) { bytes, random in
    guard bytes.count >= 8 else { return }
    let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let end = 8 + Int(min(length, UInt64(bytes.count - 8)))
    var header = Array(bytes[8..<end])
    mutateJSON(&header, using: &random)
    bytes.replaceSubrange(8..<end, with: header)
    guard Int.random(in: 0..<8, using: &random) > 0 else { return }
    let count = UInt64(header.count)
    bytes.replaceSubrange(0..<8, with: (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) })
  }
}
