import Foundation
import NeuralNetworks
import TestSupport
import Testing

/// Files that lie, of which each is refused in a sentence or read within its bounds.
@Suite struct SafetensorsHostileTests {
  private static let good = #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#

  @Test func aMinimalFileIsRead() throws {
    let file = try open(header: Self.good, data: Data([0, 0, 0x80, 0x3F]))
    #expect(try file.read("a", count: 1) == [1])
    #expect(try open(header: "{}", data: Data()).names.isEmpty)
  }

  @Test(arguments: [
    "", "[]", "null", "{", #"{"a":1}"#, #"{"a":{}}"#,
    #"{"__metadata__":{"n":1}}"#,
    tensor(offsets: "[0]"), tensor(offsets: "[0,4,8]"), tensor(offsets: "[-4,0]"),
    tensor(offsets: "[4,0]"), tensor(offsets: "[4,8]"), tensor(offsets: "[0,1e999]"),
    tensor(offsets: "[0,18446744073709551615]"), tensor(offsets: "[0,9223372036854775807]"),
    tensor(offsets: "[-9223372036854775808,4]"), tensor(offsets: "[0,9223372036854775808]"),
    tensor(shape: "[2]", offsets: "[0,8]"), tensor(shape: "[2]"), tensor(shape: "[-1]"),
    tensor(shape: "[-1,-1]"), tensor(shape: "[0.5]"), tensor(shape: "[1e999]"),
    tensor(shape: "[4294967296,4294967296]"), tensor(shape: "[4611686018427387905]"),
    tensor(shape: "[9223372036854775807,9223372036854775807,0]"), tensor(shape: "[0]"),
    tensor(shape: "[1,1,1,1,1,1,1,1,1]"), tensor(shape: "1"), tensor(shape: "null"),
    tensor(type: "F16", offsets: "[0,2]"), tensor(type: "F16", offsets: "[2,4]"),
    tensor(type: "I8", shape: "[-3]"), tensor(type: "I8", shape: "[3]", offsets: "[0,5]"),
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
    #"{"é":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"e\#u{301}":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}}"#,
    #"{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"a":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}}"#,
    String(repeating: "[", count: 100_000), String(repeating: #"{"a":"#, count: 100_000),
  ])
  func headersThatLieAreRefused(header: String) {
    expectRefusal { try open(header: header, data: Data(count: 4)) }
  }

  @Test(arguments: [0, 1, 53, 55, 1000, 1 << 63, UInt64(Int64.max), UInt64.max, UInt64.max - 7])
  func wrongHeaderLengthsAreRefused(length: UInt64) {
    expectRefusal { try open(header: Self.good, data: Data(count: 4), length: length) }
  }

  /// A header that could be there, but whose parsing would take a hundred times a model's.
  @Test func immenseHeadersAreRefused() {
    let header = "{" + String(repeating: " ", count: 1 << 24) + "}"
    expectRefusal { try open(header: header, data: Data()) }
  }

  @Test func otherFilesAreRefused() {
    var invalid = Data(Self.good.utf8)
    invalid[2] = 0xFF
    expectRefusal {
      try open(bytes: lengthPrefix(UInt64(invalid.count)) + invalid + Data(count: 4))
    }
    for count in 0..<9 { expectRefusal { try open(bytes: Data(count: count)) } }
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    for (url, reason) in [
      (folder, "it is a folder"), (folder.appending(path: "none"), "there is no such file"),
    ] {
      #expect(throws: CheckpointError.unreadable(file: url.path, reason: reason)) {
        try Safetensors(contentsOf: url)
      }
    }
  }

  @Test func partsOfAFileAreRefused() throws {
    for (_, data) in try fuzzSeeds("safetensors") {
      for count in 0..<data.count { expectRefusal { try open(bytes: data.prefix(count)) } }
    }
  }

  /// The data may lie anywhere, and hold anything.
  @Test func numbersNeedNoAlignmentAndNoValue() throws {
    let file = try open(header: Self.good + " ", data: Data([1, 0, 0xC0, 0x7F]))
    #expect(try file.read("a", count: 1)[0].isNaN)
    #expect(file.place(of: "a")?.bytes == 63..<67)
  }

  @Test func sentencesAreShortAndStayOnTheirLine() {
    let name = "\\u001b[2J\\n" + String(repeating: "n", count: 10_000)
    let header = #"{""# + name + #"":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#
    let error = #expect(throws: CheckpointError.self) {
      try open(header: header, data: Data(count: 4))
    }
    let sentence = error?.description ?? ""
    #expect(sentence.count < 400 && sentence.hasSuffix("does not fit its 4 bytes"))
    #expect(sentence.allSatisfy { !$0.isNewline && $0 != "\u{1B}" })
  }

  /// Files that the fuzzing target starts from or found: an error, or reads within the file.
  @Test func seedsAreReadOrRefused() throws {
    for (name, data) in try fuzzSeeds("safetensors") {
      let isRefused = readAll(data) == nil
      #expect(isRefused == name.hasPrefix("found-"), "\(name)")
    }
  }

  /// Whatever the damage to the header: an error, or reads within the file.
  @Test func damagedHeadersAreRefusedOrWork() throws {
    var random = SeededGenerator(seed: 8)
    for (_, data) in try fuzzSeeds("safetensors") {
      for _ in 0..<300 {
        var bytes = data
        let index = Int.random(in: 0..<bytes.count, using: &random)
        bytes[index] = UInt8.random(in: 32...126, using: &random)
        _ = readAll(bytes)
      }
    }
  }

  // MARK: Helpers

  /// A header with one tensor of one part that may be wrong.
  private static func tensor(
    type: String = "F32", shape: String = "[1]", offsets: String = "[0,4]"
  ) -> String {
    #"{"a":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}}"#
  }

  /// The number of values of a file's tensors; nil where it is refused.
  private func readAll(_ data: Data) -> Int? {
    do {
      let file = try open(bytes: data)
      return try file.names.reduce(0) { total, name in
        guard let place = file.place(of: name) else { return total }
        return try total + file.read(name, count: place.bytes.count / place.type.byteCount).count
      }
    } catch {
      #expect(error is CheckpointError)
      return nil
    }
  }

  private func expectRefusal(_ body: () throws -> Safetensors) {
    let error = #expect(throws: CheckpointError.self) { try body() }
    guard case .unreadable("damaged", _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  private func lengthPrefix(_ length: UInt64) -> Data {
    withUnsafeBytes(of: length.littleEndian) { Data($0) }
  }

  private func open(header: String, data: Data, length: UInt64? = nil) throws -> Safetensors {
    let header = Data(header.utf8)
    return try open(bytes: lengthPrefix(length ?? UInt64(header.count)) + header + data)
  }

  private func open(bytes: Data) throws -> Safetensors {
    try Safetensors(data: bytes, name: "damaged")
  }
}
