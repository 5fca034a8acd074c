import Foundation
import LanguageModels
import NeuralNetworks
import Tensors
import TestSupport
import Testing
import Tokenizers

/// A GGUF file written value by value, so that any of them can be wrong.
private struct GGUFBytes {
  private(set) var data = Data()

  /// Magic number, version and counts.
  init(version: UInt32 = 3, tensors: UInt64 = 0, keys: UInt64 = 0) {
    data.append(contentsOf: "GGUF".utf8)
    number(version)
    number(tensors)
    number(keys)
  }

  mutating func number(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
  }

  mutating func text(_ text: String, length: UInt64? = nil) {
    number(length ?? UInt64(text.utf8.count))
    data.append(contentsOf: text.utf8)
  }

  mutating func key(_ name: String, type: UInt32) {
    text(name)
    number(type)
  }

  mutating func tensor(_ name: String, _ sizes: [UInt64], type: UInt32 = 0, offset: UInt64 = 0) {
    text(name)
    number(UInt32(sizes.count))
    for size in sizes { number(size) }
    number(type)
    number(offset)
  }

  mutating func zeros(_ count: Int) { data.append(Data(count: count)) }
}

@Suite struct GGUFHostileTests {
  private static func build(
    version: UInt32 = 3, tensors: UInt64 = 0, keys: UInt64 = 0,
    _ body: (inout GGUFBytes) -> Void = { _ in }
  ) -> Data {
    var bytes = GGUFBytes(version: version, tensors: tensors, keys: keys)
    body(&bytes)
    return bytes.data
  }

  /// A file of one tensor, and some data after the header's end.
  private static func tensor(
    _ sizes: [UInt64], type: UInt32 = 0, offset: UInt64 = 0, data: Int = 96
  ) -> Data {
    build(tensors: 1) {
      $0.tensor("t", sizes, type: type, offset: offset)
      $0.zeros(data)
    }
  }

  private static func tensors(_ offsets: [UInt64]) -> Data {
    build(tensors: UInt64(offsets.count)) {
      for (index, offset) in offsets.enumerated() { $0.tensor("t\(index)", [16], offset: offset) }
      $0.zeros(256)
    }
  }

  private static let cases: [(words: String, file: Data)] = [
    ("it is not a GGUF file", Data()), ("it is not a GGUF file", Data("GGU".utf8)),
    ("it is not a GGUF file", Data("GGML\u{3}\0\0\0".utf8)),
    ("version 1 is not supported", build(version: 1)),
    ("version 50331648 is not supported", build(version: UInt32(3).byteSwapped)),
    // Counts
    ("it has 18446744073709551615 tensors; the limit is 65536", build(tensors: .max)),
    ("it has 65537 keys; the limit is 65536", build(keys: 65_537)),
    ("ends at byte 24, within its header", build(tensors: 65_536)),
    ("ends at byte 24, within its header", build(keys: 65_536)),
    (
      "its header has more than 67108864 bytes",
      build(keys: 1) {
        $0.text("key", length: 1 << 26)
        $0.zeros(1 << 26)
      }
    ),
    (
      "within its header",
      build(keys: 1) { $0.text("key", length: .max) }
    ),
    (
      "within its header",
      build(keys: 1) { $0.text("key", length: 1 << 40) }
    ),
    (
      "within its header",
      build(keys: 1) {
        $0.key("a", type: 8)
        $0.number(UInt64.max)
      }
    ),
    // Values
    ("key 'a' has the unknown type 13", build(keys: 1) { $0.key("a", type: 13) }),
    (
      "key 'a' has the unknown type 99",
      build(keys: 1) {
        $0.key("a", type: 9)
        $0.number(UInt32(99))
        $0.number(UInt64(1))
      }
    ),
    (
      "key 'a' is an array of arrays",
      build(keys: 1) {
        $0.key("a", type: 9)
        for _ in 0..<1000 {
          $0.number(UInt32(9))
          $0.number(UInt64(1))
        }
      }
    ),
    (
      "with the 4294967296 elements of key 'a' its arrays have more than 4194304",
      build(keys: 1) {
        $0.key("a", type: 9)
        $0.number(UInt32(0))
        $0.number(UInt64(1) << 32)
      }
    ),
    (
      "within its header",
      build(keys: 1) {
        $0.key("a", type: 9)
        $0.number(UInt32(8))
        $0.number(UInt64(1) << 22)
      }
    ),
    (
      "with the 2097153 elements of key 'c' its arrays have more than 4194304",
      build(keys: 3) {
        for (name, count) in [("a", 2_097_150), ("b", 2), ("c", 2_097_153)] {
          $0.key(name, type: 9)
          $0.number(UInt32(0))
          $0.number(UInt64(count))
          $0.zeros(count)
        }
      }
    ),
    (
      "key 'a' is 18446744073709551615, which is out of range",
      build(keys: 1) {
        $0.key("a", type: 10)
        $0.number(UInt64.max)
      }
    ),
    (
      "key 'a' is there twice",
      build(keys: 2) {
        for _ in 0..<2 {
          $0.key("a", type: 7)
          $0.number(UInt8(1))
        }
      }
    ),
    (
      "'general.alignment' is no power of two",
      build(keys: 1) {
        $0.key("general.alignment", type: 4)
        $0.number(UInt32(0))
      }
    ),
    (
      "'general.alignment' is no power of two",
      build(keys: 1) {
        $0.key("general.alignment", type: 4)
        $0.number(UInt32(48))
      }
    ),
    (
      "'general.alignment' is no power of two",
      build(keys: 1) {
        $0.key("general.alignment", type: 10)
        $0.number(UInt64(1) << 62)
      }
    ),
    // Tensors
    ("tensor 't' has 0 axes", tensor([])), ("tensor 't' has 5 axes", tensor([1, 1, 1, 1, 1])),
    (
      "tensor 't' has 4294967295 axes",
      build(tensors: 1) {
        $0.text("t")
        $0.number(UInt32.max)
      }
    ),
    ("tensor 't' has the impossible shape [0]", tensor([0])),
    ("tensor 't' has the impossible shape", tensor([1 << 32, 1 << 32])),
    ("tensor 't' has the impossible shape", tensor([.max])),
    ("tensor 't' has the impossible shape", tensor([1 << 62])),
    ("tensor 't' has the impossible shape [33]", tensor([33], type: 8)),
    ("tensor 't' has the impossible shape [32, 1]", tensor([1, 32], type: 8)),
    ("tensor 't' is of type Q4_K; only F32, F16, BF16 and Q8_0 are read", tensor([256], type: 12)),
    ("tensor 't' is of type 1000; only", tensor([256], type: 1000)),
    ("tensor 't' of 4 bytes at 1 is not aligned", tensor([1], offset: 1)),
    ("tensor 't' of 4 bytes at 1024 is not aligned or does not fit", tensor([1], offset: 1024)),
    ("is not aligned or does not fit", tensor([1], offset: .max - 31)),
    ("tensor 't' of 4096 bytes at 0", tensor([1024])),
    ("tensor 't' of 4 bytes at 0", tensor([1], data: 0)),
    ("its tensors overlap at byte", tensors([0, 32])),
    ("its tensors overlap at byte", tensors([64, 128, 96])),
    ("its tensors overlap at byte", tensors([0, 0])),
    (
      "tensor 't' is there twice",
      build(tensors: 2) {
        for offset in [0, 64] as [UInt64] { $0.tensor("t", [1], offset: offset) }
        $0.zeros(256)
      }
    ),
  ]

  @Test(arguments: cases.indices)
  func damagedFiles(index: Int) throws {
    let (words, file) = Self.cases[index]
    let error = #expect(throws: CheckpointError.self) {
      _ = try GGUFFile(data: file, name: "model.gguf")
    }
    let found = error.map { "\($0)" } ?? ""
    #expect(found.hasPrefix("cannot read checkpoint 'model.gguf': "))
    #expect(found.contains(words))
  }

  @Test func tensorsMayLeaveGaps() throws {
    let file = try GGUFFile(data: Self.tensors([128, 0]), name: "model.gguf")
    #expect(file.names == ["t0", "t1"])
    #expect(try file.read("t1") == [Float](repeating: 0, count: 16))
  }

  @Test func aMissingFile() {
    let error = #expect(throws: CheckpointError.self) {
      _ = try ModelFolder(gguf: URL(filePath: "/nowhere/model.gguf"))
    }
    #expect(error.map { "\($0)" }?.contains("there is no such file") == true)
  }

  // MARK: A model whose header is changed

  /// The contents of a small model's file.
  private static func model(_ change: (inout Data) -> Void = { _ in }) throws -> Data {
    let tokenizer = Tokenizer.train(
      on: ["the cat sat on the mat, the cat sat"], vocabularySize: 262,
      specialTokens: SpecialToken.all)
    let configuration = TransformerConfiguration.tiny(vocabulary: 262, maximumLength: 16)
    let folder = ModelFolder(
      model: Transformer(seeded: 1, configuration), tokenizer: tokenizer)
    return try withTemporaryFolder { parent in
      let file = parent.appending(path: "model.gguf")
      try folder.writeGGUF(to: file, as: .float32, metadata: GGUFDescription(name: "m"))
      var data = try Data(contentsOf: file)
      change(&data)
      return data
    }
  }

  /// Overwrites what follows the first occurrence of some text.
  private static func overwrite(
    _ data: inout Data, after text: String, skipping: Int = 0, with bytes: some FixedWidthInteger
  ) {
    guard let range = data.range(of: Data(text.utf8)) else {
      Issue.record("'\(text)' is not in the file")
      return
    }
    let start = range.upperBound + skipping
    withUnsafeBytes(of: bytes.littleEndian) {
      data.replaceSubrange(start..<start + $0.count, with: $0)
    }
  }

  /// Values of 32 bits, after the key and its type.
  @Test(arguments: [
    ("llama.embedding_length", UInt32.max, "width is 4294967295, outside 2 to 65536"),
    ("llama.embedding_length", 48, "has shape [262, 24]; the model expects [262, 48]"),
    ("llama.block_count", 1_000, "the checkpoint has no tensor 'blk.2.attn_norm.weight'"),
    ("llama.block_count", 1, "tensor 'blk.1.attn_k.weight' is not supported"),
    ("llama.attention.head_count", 0, "heads is 0, outside"),
    ("llama.attention.head_count_kv", 3, "heads 4 is not a multiple of keyValueHeads 3"),
    ("llama.attention.key_length", 0, "'llama.attention.value_length' is 6, which is not"),
    ("llama.attention.value_length", 8, "'llama.attention.value_length' is 8, which is not"),
    ("llama.rope.dimension_count", 4, "'llama.rope.dimension_count' is 4, which is not"),
    ("llama.feed_forward_length", 0, "feedForward is 0, outside"),
    ("llama.rope.freq_base", 0x7FC0_0000, "ropeTheta is nan"),
    ("llama.context_length", 0, "maximumLength is 0, outside"),
    ("tokenizer.ggml.eos_token_id", 262, "key 'tokenizer.ggml.eos_token_id' is 262, no token"),
    ("tokenizer.ggml.padding_token_id", .max, "is 4294967295, no token"),
  ])
  func wrongNumbers(key: String, value: UInt32, words: String) throws {
    let data = try Self.model { Self.overwrite(&$0, after: key, skipping: 4, with: value) }
    try expectRefusal(of: data, words)
  }

  /// A type, a count or a name where there was another.
  @Test func wrongKeys() throws {
    let edits: [(String, (inout Data) -> Void)] = [
      (
        "key 'llama.block_count' has the wrong type",
        {
          Self.overwrite(&$0, after: "llama.block_count", with: UInt32(6))
        }
      ),
      (
        "key 'general.architecture' is missing",
        {
          Self.overwrite(&$0, after: "general.archi", with: UInt8(0x78))
        }
      ),
      (
        "the architecture 'xlama' is not supported",
        {
          Self.overwrite(&$0, after: "general.architecture", skipping: 12, with: UInt8(0x78))
        }
      ),
      (
        "'tokenizer.ggml.model' is 'xpt2', which is not supported",
        {
          Self.overwrite(&$0, after: "tokenizer.ggml.model", skipping: 12, with: UInt8(0x78))
        }
      ),
      (
        "'tokenizer.ggml.pre' is 'xpt-2', which is not supported",
        {
          Self.overwrite(&$0, after: "tokenizer.ggml.pre", skipping: 12, with: UInt8(0x78))
        }
      ),
      (
        "'tokenizer.ggml.token_type' has the type 6",
        {
          Self.overwrite(&$0, after: "tokenizer.ggml.token_type", skipping: 16, with: UInt32(6))
        }
      ),
      (
        "key 'tokenizer.ggml.merges' has",
        {
          // The space between the halves of the first merge: "a t".
          Self.overwrite(&$0, after: "tokenizer.ggml.merges", skipping: 25, with: UInt8(0x78))
        }
      ),
      (
        "key 'tokenizer.ggml.add_eos_token' is true",
        {
          Self.overwrite(&$0, after: "tokenizer.ggml.add_eos_token", skipping: 4, with: UInt8(1))
        }
      ),
    ]
    for (words, edit) in edits { try expectRefusal(of: try Self.model(edit), words) }
  }

  /// Any change of a file's bytes is refused or read, and nothing else.
  @Test func changedBytes() throws {
    let model = try Self.model()
    var random = SeededGenerator(seed: 9)
    for _ in 0..<200 {
      var data = model
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<14_000, using: &random)
        data[place] = UInt8.random(in: 0...255, using: &random)
      }
      data = data.prefix(Int.random(in: 0...data.count * 2, using: &random))
      _ = Result { try ModelFolder(gguf: GGUFFile(data: data, name: "model.gguf")) }
    }
  }

  private func expectRefusal(
    of data: Data, _ words: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let error = #expect(throws: (any Error).self, sourceLocation: sourceLocation) {
      _ = try ModelFolder(gguf: GGUFFile(data: data, name: "model.gguf"))
    }
    let found = error.map { "\($0)" } ?? ""
    #expect(found.contains(words), sourceLocation: sourceLocation)
    #expect(!found.contains("\n"), "one sentence", sourceLocation: sourceLocation)
  }
}
