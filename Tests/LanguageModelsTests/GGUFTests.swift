import Foundation
import LanguageModels
import NeuralNetworks
import Tensors
import TestSupport
import Testing
import Tokenizers

@Suite struct GGUFTests {
  private static let tokenizer = Tokenizer.train(
    on: ["the cat sat on the mat, the cat sat"], vocabularySize: 265,
    specialTokens: SpecialToken.all)

  /// Two layers, wide enough for blocks of 32 everywhere but in `down`, whose rows have 20 numbers.
  private static func configuration(
    _ family: ModelFamily, tied: Bool = true, scaling: RopeScaling? = nil
  ) -> TransformerConfiguration {
    TransformerConfiguration(
      vocabularySize: tokenizer.vocabularySize, width: 32, layers: 2, heads: 4, keyValueHeads: 2,
      headWidth: family == .qwen3 ? 16 : 8, feedForward: 20, ropeTheta: 100, ropeScaling: scaling,
      normEpsilon: 1e-5, maximumLength: 64, tiedEmbeddings: tied, family: family,
      projectionBias: family == .qwen2, queryKeyNorm: family == .qwen3)
  }

  private static func folder(
    _ configuration: TransformerConfiguration, template: ChatTemplate? = nil
  ) -> ModelFolder {
    ModelFolder(
      model: Transformer(seeded: 3, configuration), tokenizer: tokenizer, endTokens: [1],
      paddingToken: 0, chatTemplate: template)
  }

  private static func write(
    _ folder: ModelFolder, as type: GGUFNumberType = .float32,
    body: (URL) throws -> Void
  ) throws {
    try withTemporaryFolder { parent in
      let file = parent.appending(path: "model.gguf")
      try folder.writeGGUF(to: file, as: type, metadata: GGUFDescription(name: "a test"))
      try body(file)
    }
  }

  // MARK: Round trips

  @Test(arguments: ModelFamily.allCases, [true, false])
  func roundTripIsExact(family: ModelFamily, tied: Bool) throws {
    let written = Self.folder(Self.configuration(family, tied: tied))
    try Self.write(written) { file in
      let found = try ModelFolder(gguf: file)
      var expected = written.model.configuration
      if family == .mistral { expected.family = .llama }  // one architecture of llama.cpp
      #expect(found.model.configuration == expected)
      #expect(found.model.parameters.entries == written.model.parameters.entries)
      #expect(found.model.parameters.snapshot == written.model.parameters.snapshot)
      let tokens: [[Int32]] = [[3, 1, 4, 1, 5, 9, 2, 6], [264]]
      #expect(found.model.allLogits(tokens) == written.model.allLogits(tokens))
      #expect(found.tokenizer == written.tokenizer)
      #expect(found.endTokens == [1])
      #expect(found.paddingToken == 0)
    }
  }

  /// Half a unit in the last place; of Q8_0, half a step and the rounding of the scale.
  @Test(arguments: [(GGUFNumberType.float16, 0x1p-11), (.bfloat16, 0x1p-8), (.eightBit, 0.0)])
  func shorterNumbersAreClose(type: GGUFNumberType, error: Double) throws {
    let written = Self.folder(Self.configuration(.llama))
    try Self.write(written, as: type) { file in
      let found = try ModelFolder(gguf: file).model
      #expect(found.parameters.snapshot != written.model.parameters.snapshot)
      // Matrices are drawn from -0.5...0.5.
      let step = type == .eightBit ? 0.5 / 127 * 0.51 + 0x1p-12 : 1e-7
      for (a, b) in zip(found.parameters.snapshot, written.model.parameters.snapshot) {
        #expect(abs(Double(a) - Double(b)) <= error * abs(Double(b)) + step)
      }
    }
  }

  @Test func whatWasReadIsWrittenToTheSameBytes() throws {
    for type in GGUFNumberType.allCases {
      try Self.write(Self.folder(Self.configuration(.qwen2)), as: type) { file in
        let again = file.deletingLastPathComponent().appending(path: "again.gguf")
        try ModelFolder(gguf: file).writeGGUF(
          to: again, as: type, metadata: GGUFDescription(name: "a test"))
        #expect(try Data(contentsOf: again) == Data(contentsOf: file), "\(type)")
      }
    }
  }

  @Test func ropeScaling() throws {
    let scaling = RopeScaling(
      factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalLength: 32)
    let written = Self.folder(Self.configuration(.llama, scaling: scaling))
    try Self.write(written) { file in
      let found = try ModelFolder(gguf: file)
      #expect(found.model.configuration == written.model.configuration)
      let opened = try GGUFFile(contentsOf: file)
      #expect(opened.shape(of: "rope_freqs.weight") == [4])
      let divisors = try opened.read("rope_freqs.weight")
      #expect(divisors.first == 1 && divisors.last == 8)
    }
  }

  @Test func anAdaptedModelIsMerged() throws {
    let base = Self.folder(Self.configuration(.llama))
    var random = SplitMix64(seed: 4)
    let adapted = base.model.adapted(
      LoRAConfig(rank: 2, alpha: 4, layers: AdaptedLayer.allCases), random: &random)
    adapted.trainable.drawWeights(seed: 5)
    let folder = ModelFolder(
      model: adapted, tokenizer: Self.tokenizer, base: URL(filePath: "/base"))
    try Self.write(folder) { file in
      let found = try ModelFolder(gguf: file).model
      #expect(found.parameters.snapshot == adapted.merged().parameters.snapshot)
    }
  }

  // MARK: The file

  @Test func namesShapesAndTypes() throws {
    try Self.write(Self.folder(Self.configuration(.qwen3, tied: false)), as: .eightBit) { file in
      let file = try GGUFFile(contentsOf: file)
      #expect(file.names.count == 3 + 2 * 11)
      #expect(file.shape(of: "output.weight") == [265, 32])
      #expect(file.shape(of: "blk.1.attn_k.weight") == [32, 32])
      #expect(file.shape(of: "blk.0.attn_q_norm.weight") == [16])
      #expect(file.type(of: "blk.0.attn_q.weight") == .eightBit)
      #expect(file.type(of: "token_embd.weight") == .eightBit)
      #expect(file.type(of: "blk.0.attn_q_norm.weight") == .float32)
      #expect(file.type(of: "blk.0.ffn_down.weight") == .float16, "rows are no whole blocks")
      #expect(file.string("general.architecture") == "qwen3")
      #expect(file.string("general.name") == "a test")
    }
  }

  /// llama.cpp turns neighbours where published models of the family turn halves.
  @Test(arguments: [(ModelFamily.llama, true), (.qwen2, false)])
  func rowsOfQueriesAndKeys(family: ModelFamily, areExchanged: Bool) throws {
    let written = Self.folder(Self.configuration(family))
    try Self.write(written) { file in
      let file = try GGUFFile(contentsOf: file)
      let projection = written.model.parameters["layers.1.projection"].values
      for (name, start, rows) in [("attn_q", 0, 32), ("attn_k", 32, 16), ("attn_v", 48, 16)] {
        let found = try file.read("blk.1.\(name).weight")
        for row in 0..<rows {
          let (head, place) = (row / 8 * 8, row % 8)
          let source =
            areExchanged && name != "attn_v" ? head + [0, 4, 1, 5, 2, 6, 3, 7][place] : row
          let expected = projection[(start + source) * 32..<(start + source + 1) * 32]
          #expect(Array(found[row * 32..<(row + 1) * 32]) == Array(expected), "\(name) \(row)")
        }
      }
    }
  }

  @Test func templateAndFurtherTexts() throws {
    let template = try ChatTemplate(
      "{{ messages[0].content }}<|answer|>",
      specialTokens: [
        "bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>",
        "pad_token": "<|pad|>",
      ])
    let folder = Self.folder(Self.configuration(.llama), template: template)
    try withTemporaryFolder { parent in
      let file = parent.appending(path: "model.gguf")
      try folder.writeGGUF(
        to: file, as: .float16,
        metadata: GGUFDescription(name: "n", description: "d", extra: ["mapo.guards": "{}"]))
      #expect(try ModelFolder(gguf: file).chatTemplate == template)
      let opened = try GGUFFile(contentsOf: file)
      #expect(opened.string("general.description") == "d")
      #expect(opened.string("mapo.guards") == "{}")
      #expect(opened.string("mapo.other") == nil)
    }
  }

  @Test func aModelMayHaveMoreTokensThanItsTokenizer() throws {
    var configuration = Self.configuration(.llama)
    configuration.vocabularySize += 7
    let written = Self.folder(configuration)
    try Self.write(written) { file in
      let found = try ModelFolder(gguf: file)
      #expect(found.tokenizer == written.tokenizer)
      #expect(found.model.parameters.snapshot == written.model.parameters.snapshot)
    }
  }

  @Test func severalEndTokens() throws {
    let folder = Self.folder(Self.configuration(.llama))
    let two = ModelFolder(
      model: folder.model, tokenizer: Self.tokenizer, endTokens: [2, 1], paddingToken: nil,
      chatTemplate: nil)
    try Self.write(two) { file in
      let found = try ModelFolder(gguf: file)
      #expect(found.endTokens == [2, 1])
      #expect(found.paddingToken == nil)
    }
    let four = ModelFolder(
      model: folder.model, tokenizer: Self.tokenizer, endTokens: [2, 1, 0, 3], paddingToken: nil,
      chatTemplate: nil)
    let error = #expect(throws: CheckpointError.self) { try Self.write(four) { _ in } }
    #expect(error.map { "\($0)" }?.contains("4 end tokens") == true)
  }

  /// The format says nothing of normal forms; published models of Qwen's name have C.
  @Test(arguments: [PreTokenizer.gpt2, .qwen2], [false, true])
  func normalForm(preTokenizer: PreTokenizer, isC: Bool) throws {
    var parts = Self.tokenizer.parts
    (parts.preTokenizer, parts.normalizesNFC) = (preTokenizer, isC)
    let written = ModelFolder(
      model: Self.folder(Self.configuration(.qwen2)).model,
      tokenizer: try Tokenizer(parts, file: "tokenizer.json"), endTokens: [1], paddingToken: 0,
      chatTemplate: nil)
    try Self.write(written) { file in
      let found = try ModelFolder(gguf: file).tokenizer
      #expect(found.preTokenizer == preTokenizer)
      #expect(found.normalizesNFC == (isC && preTokenizer == .qwen2))
    }
  }

  // MARK: Writing

  @Test func aCheckThatFailsLeavesWhatWasThere() throws {
    let folder = Self.folder(Self.configuration(.llama))
    try Self.write(folder) { file in
      let before = try Data(contentsOf: file)
      let metadata = GGUFDescription(name: "other")
      #expect(throws: CancellationError.self) {
        try folder.writeGGUF(to: file, as: .eightBit, metadata: metadata) { written in
          #expect(try ModelFolder(gguf: written).endTokens == [1])
          throw CancellationError()
        }
      }
      #expect(try Data(contentsOf: file) == before)
      let parent = file.deletingLastPathComponent()
      #expect(try FileManager.default.contentsOfDirectory(atPath: parent.path) == ["model.gguf"])
    }
  }

  @Test func aScalarHeadIsRefused() throws {
    let reward = ModelFolder(
      model: Transformer(seeded: 1, Self.configuration(.llama), head: .scalar),
      tokenizer: Self.tokenizer)
    let error = #expect(throws: CheckpointError.self) { try Self.write(reward) { _ in } }
    #expect(error.map { "\($0)" }?.contains("llama.cpp has no scalar head") == true)
  }
}

/// Against the `gguf` and `tokenizers` packages: Golden/gguf.py.
@Suite struct GGUFGoldenTests {
  private struct Golden: Decodable {
    let numbers: String
    let quantized: String
    let dequantized: String
    let texts: [String]
    let ids: [[Int32]]
  }

  private static func bytes(_ digits: String) -> Data {
    let digits = Array(digits.utf8)
    return Data(
      stride(from: 0, to: digits.count, by: 2).compactMap {
        UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
      })
  }

  private static func floats(_ digits: String) -> [Float] {
    bytes(digits).withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map {
        Float(
          bitPattern: UInt32(
            littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
      }
    }
  }

  @Test func blocksOfEightBits() throws {
    let golden = try readGolden("gguf", as: Golden.self)
    let numbers = Self.floats(golden.numbers)
    let found = numbers.withUnsafeBufferPointer(GGUFNumberType.eightBit.encode)
    #expect(found == Self.bytes(golden.quantized))
    var read = [Float](repeating: 0, count: numbers.count)
    found.withUnsafeBytes { bytes in
      read.withUnsafeMutableBufferPointer { GGUFNumberType.eightBit.decode(bytes, into: $0) }
    }
    #expect(read == Self.floats(golden.dequantized))
  }

  /// What has no place in a block must not stop the program.
  @Test func numbersThatAreNotFinite() {
    var numbers = [Float](repeating: .leastNonzeroMagnitude, count: 96)
    numbers[40] = .infinity
    numbers[70] = .nan
    let bytes = numbers.withUnsafeBufferPointer(GGUFNumberType.eightBit.encode)
    #expect(bytes.count == 3 * 34)
  }

  /// Weights, rows, tokenizer and template of a file that llama.cpp's own writer made.
  @Test func aFileOfLlamaCpp() throws {
    let golden = try readGolden("gguf", as: Golden.self)
    let url = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Golden/gguf-llama.gguf")
    let found = try ModelFolder(gguf: url)
    let configuration = TransformerConfiguration(
      vocabularySize: 262, width: 16, layers: 2, heads: 2, keyValueHeads: 1, feedForward: 24,
      ropeTheta: 100, normEpsilon: 1e-5, maximumLength: 64)
    #expect(found.model.configuration == configuration)
    let expected = Transformer(seeded: 5, configuration)
    #expect(found.model.parameters.snapshot == expected.parameters.snapshot)
    #expect(golden.texts.map { found.tokenizer.encode(markup: $0) } == golden.ids)
    #expect(found.endTokens == [1, 2])
    #expect(found.paddingToken == 0)
    #expect(found.chatTemplate?.source == "{{ messages[0].content }}<|answer|>")
  }
}
