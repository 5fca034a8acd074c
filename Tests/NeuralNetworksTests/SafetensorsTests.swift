import Foundation
import NeuralNetworks
import TestSupport
import Testing

@Suite struct SafetensorsTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Golden")

  private struct Reference: Decodable {
    let shape: [Int]
    let values: [String]
  }

  // MARK: Against the reference library

  @Test func valuesAgreeWithTheReference() throws {
    let file = try Safetensors(contentsOf: Self.folder.appending(path: "reference.safetensors"))
    let references = try JSONDecoder().decode(
      [String: Reference].self,
      from: Data(contentsOf: Self.folder.appending(path: "reference.json")))
    #expect(file.names == references.keys.sorted())
    #expect(file.metadata == ["format": "pt", "note": "a\nb"])
    for (name, reference) in references {
      #expect(file.shape(of: name) == reference.shape)
      if name == "ids" { continue }
      let values = try read(name, count: reference.values.count, from: file)
      for (value, expected) in zip(values, reference.values) {
        let expected = try #require(Float(expected))
        #expect(value.bitPattern == expected.bitPattern, "\(name): \(value), not \(expected)")
      }
    }
  }

  /// `Golden/reference.py` checks the kept files with the reference library.
  @Test(arguments: Safetensors.StorageType.allCases)
  func writtenFilesAreTheKeptOnes(type: Safetensors.StorageType) throws {
    let tensors: [(String, [Int], [Float])] = [
      ("a/b", [2, 4], [0, 1, -2.5, 1.0 / 3, 1e-6, 1000.1, 65504, -7e-5]),
      ("none", [2, 0], []),
      ("ü", [], [0.5]),
    ]
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "model.safetensors")
      try write(tensors, metadata: ["format": "pt"], as: type, to: url)
      let kept = Self.folder.appending(path: "written-\(type.rawValue).safetensors")
      #expect(try Data(contentsOf: url) == Data(contentsOf: kept))
    }
  }

  // MARK: Round trips

  @Test func float32SurvivesExactly() throws {
    var random = SeededGenerator(seed: 5)
    let special: [Float] = [.infinity, -.infinity, .leastNonzeroMagnitude, -0.0]
    let values = special + (0..<3000).map { _ in Float.random(in: -1e3...1e3, using: &random) }
    let read = try roundTrip(values, as: .float32)
    #expect(read.map(\.bitPattern) == values.map(\.bitPattern))
    #expect(try roundTrip([.nan], as: .float32)[0].isNaN)
  }

  /// Rounding to nearest: half a unit in the last place, 2⁻¹¹ and 2⁻⁸ of the value.
  @Test(arguments: [(Safetensors.StorageType.float16, Float(0x1p-11)), (.bfloat16, 0x1p-8)])
  func shorterTypesRoundToNearest(type: Safetensors.StorageType, tolerance: Float) throws {
    var random = SeededGenerator(seed: 6)
    let values = (0..<3000).map { _ in Float.random(in: -8...8, using: &random) }
    let once = try roundTrip(values, as: type)
    for (value, rounded) in zip(values, once) where abs(value) > 0x1p-10 {
      #expect(abs(rounded - value) <= tolerance * abs(value))
    }
    #expect(try roundTrip(once, as: type) == once)
    #expect(try roundTrip([.nan, .infinity], as: type)[0].isNaN)
    #expect(try roundTrip([-.infinity], as: type) == [-.infinity])
  }

  @Test func writingReplacesAndLeavesNothingElse() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "model.safetensors")
      try write([("a", [1], [1])], as: .float32, to: url)
      let old = try Safetensors(contentsOf: url)
      try write([("a", [2], [2, 3])], as: .float32, to: url)
      #expect(try read("a", count: 2, from: Safetensors(contentsOf: url)) == [2, 3])
      #expect(try read("a", count: 1, from: old) == [1])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
    }
  }

  @Test func afterAFailureNoPartIsLeft() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "model.safetensors")
      try FileManager.default.createDirectory(
        at: url.appending(path: "inside"), withIntermediateDirectories: true)
      #expect(throws: (any Error).self) { try write([("a", [1], [1])], as: .float32, to: url) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
    }
  }

  // MARK: Requests that do not fit

  @Test func requestsThatDoNotFit() throws {
    let file = try Safetensors(contentsOf: Self.folder.appending(path: "reference.safetensors"))
    #expect(throws: CheckpointError.missingTensor(name: "none")) {
      try read("none", count: 1, from: file)
    }
    #expect(throws: CheckpointError.unsupportedType(name: "ids", type: "I64")) {
      try read("ids", count: 3, from: file)
    }
    for count in [0, 14, 16] {
      let name = "block.0.weight"
      #expect(
        throws: CheckpointError.shapeMismatch(name: name, expected: [count], found: [3, 5])
      ) { try read(name, count: count, from: file) }
    }
    #expect(file.shape(of: "none") == nil)
  }

  // MARK: Hostile files

  private static let good = #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#

  @Test func aMinimalFileIsRead() throws {
    let file = try open(header: Self.good, data: Data([0, 0, 0x80, 0x3F]))
    #expect(try read("a", count: 1, from: file) == [1])
    #expect(try open(header: "{}", data: Data()).names.isEmpty)
  }

  @Test(arguments: [
    "", "[]", "null", "{", #"{"a":1}"#, #"{"a":{}}"#,
    #"{"__metadata__":{"n":1}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[0.5],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551615]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775807]}}"#,
    #"{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}"#,
    #"{"a":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"I8","shape":[-3],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"I8","shape":[3],"data_offsets":[0,5]}}"#,
    String(repeating: "[", count: 100_000),
  ])
  func headersThatLieAreRefused(header: String) {
    let error = #expect(throws: CheckpointError.self) {
      try open(header: header, data: Data(count: 4))
    }
    guard case .unreadable("model.safetensors", _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(arguments: [0, 1, 55, 63, 1000, UInt64(Int64.max), UInt64.max, UInt64.max - 7])
  func wrongHeaderLengthsAreRefused(length: UInt64) {
    #expect(throws: CheckpointError.self) {
      try open(header: Self.good, data: Data(count: 4), length: length)
    }
  }

  @Test func otherFilesAreRefused() throws {
    var invalid = Data(Self.good.utf8)
    invalid[2] = 0xFF
    #expect(throws: CheckpointError.self) {
      try open(bytes: lengthPrefix(UInt64(invalid.count)) + invalid + Data(count: 4))
    }
    for count in 0..<9 {
      #expect(throws: CheckpointError.self) { try open(bytes: Data(count: count)) }
    }
    #expect(throws: CheckpointError.self) {
      try Safetensors(contentsOf: Self.folder.appending(path: "missing.safetensors"))
    }
    #expect(throws: CheckpointError.self) { try Safetensors(contentsOf: Self.folder) }
  }

  /// Whatever the damage to the header: an error, or reads within the file.
  @Test func damagedHeadersAreRefusedOrWork() throws {
    var random = SeededGenerator(seed: 8)
    let kept = try Data(contentsOf: Self.folder.appending(path: "written-F16.safetensors"))
    for _ in 0..<300 {
      var bytes = kept
      let index = Int.random(in: 0..<min(160, bytes.count), using: &random)
      bytes[index] = UInt8.random(in: 32...126, using: &random)
      guard let file = try? open(bytes: bytes) else { continue }
      for name in file.names {
        let count = try #require(file.shape(of: name)).reduce(1, *)
        if count < 1000 { _ = try? read(name, count: count, from: file) }
      }
    }
  }

  @Test func errorsAreSentences() {
    let errors: [(CheckpointError, String)] = [
      (
        .unreadable(file: "m.safetensors", reason: "it is no file"),
        "cannot read checkpoint 'm.safetensors': it is no file"
      ),
      (.missingTensor(name: "head"), "the checkpoint has no tensor 'head'"),
      (
        .shapeMismatch(name: "head", expected: [2, 3], found: [3, 2]),
        "tensor 'head' has shape [3, 2]; the model expects [2, 3]"
      ),
      (
        .unsupportedType(name: "ids", type: "I64"),
        "tensor 'ids' is of type I64; only F32, F16 and BF16 are read"
      ),
    ]
    for (error, sentence) in errors { #expect(error.description == sentence) }
  }

  // MARK: Helpers

  @discardableResult
  private func read(_ name: String, count: Int, from file: Safetensors) throws -> [Float] {
    var values = [Float](repeating: .nan, count: count)
    try values.withUnsafeMutableBufferPointer { try file.read(name, into: $0) }
    return values
  }

  private func write(
    _ tensors: [(name: String, shape: [Int], values: [Float])], metadata: [String: String] = [:],
    as type: Safetensors.StorageType, to url: URL
  ) throws {
    let storage = UnsafeMutableBufferPointer<Float>.allocate(
      capacity: tensors.reduce(0) { $0 + $1.values.count })
    defer { storage.deallocate() }
    _ = storage.initialize(fromContentsOf: tensors.flatMap(\.values))
    var start = 0
    let views = tensors.map { tensor in
      let end = start + tensor.values.count
      defer { start = end }
      return (
        name: tensor.name, shape: tensor.shape,
        values: UnsafeBufferPointer(rebasing: storage[start..<end])
      )
    }
    try Safetensors.write(views, metadata: metadata, as: type, to: url)
  }

  private func roundTrip(
    _ values: [Float], as type: Safetensors.StorageType
  ) throws -> [Float] {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "model.safetensors")
      try write([("a", [values.count], values)], as: type, to: url)
      return try read("a", count: values.count, from: Safetensors(contentsOf: url))
    }
  }

  private func lengthPrefix(_ length: UInt64) -> Data {
    withUnsafeBytes(of: length.littleEndian) { Data($0) }
  }

  @discardableResult
  private func open(header: String, data: Data, length: UInt64? = nil) throws -> Safetensors {
    let header = Data(header.utf8)
    return try open(bytes: lengthPrefix(length ?? UInt64(header.count)) + header + data)
  }

  @discardableResult
  private func open(bytes: Data) throws -> Safetensors {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "model.safetensors")
      try bytes.write(to: url)
      return try Safetensors(contentsOf: url)
    }
  }

  private func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }
}
