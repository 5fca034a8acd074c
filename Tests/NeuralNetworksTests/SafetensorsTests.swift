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
      let values = try file.read(name, count: reference.values.count)
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
      #expect(try Safetensors(contentsOf: url).read("a", count: 2) == [2, 3])
      #expect(try old.read("a", count: 1) == [1])
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
      try file.read("none", count: 1)
    }
    #expect(throws: CheckpointError.unsupportedType(name: "ids", type: "I64")) {
      try file.read("ids", count: 3)
    }
    for count in [0, 14, 16] {
      let name = "block.0.weight"
      #expect(
        throws: CheckpointError.shapeMismatch(name: name, expected: [count], found: [3, 5])
      ) { try file.read(name, count: count) }
    }
    #expect(file.shape(of: "none") == nil)
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
      return try Safetensors(contentsOf: url).read("a", count: values.count)
    }
  }

  private func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }
}

extension Safetensors {
  /// A tensor that is asked for as `count` numbers.
  @discardableResult
  func read(_ name: String, count: Int) throws -> [Float] {
    var values = [Float](repeating: .nan, count: count)
    try values.withUnsafeMutableBufferPointer { try read(name, into: $0) }
    return values
  }
}
