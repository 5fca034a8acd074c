import LanguageModels
import Pipeline
import Rewriting
import Tensors
import Testing
import Tokenizers

/// What reading an export back has to find.
@Suite struct ExportParityTests {
  private static func model(seed: UInt64, length: Int = 64) -> ModelFolder {
    let tokenizer = Tokenizer.train(
      on: ["positive or negative positive or negative"], vocabularySize: 280,
      specialTokens: SpecialToken.all)
    var random = SplitMix64(seed: seed)
    let model = Transformer(
      TransformerConfiguration(
        vocabularySize: tokenizer.vocabularySize, width: 16, layers: 2, heads: 2, keyValueHeads: 1,
        feedForward: 32, maximumLength: length), random: &random)
    return ModelFolder(model: model, tokenizer: tokenizer)
  }

  private static func parity(
    _ original: ModelFolder, _ written: ModelFolder, exact: Bool
  ) throws -> ExportParity {
    try ExportParity(
      original, written,
      tokens: { prompts, folder in prompts.map { folder.tokenizer.encode($0.text) } }, exact: exact)
  }

  /// Prompts that are longer than the model are cut, so that something is always compared.
  @Test(arguments: [true, false], [2, 8, 64])
  func theSameModelPasses(exact: Bool, length: Int) throws {
    let model = Self.model(seed: 1, length: length)
    let parity = try Self.parity(model, Self.model(seed: 1, length: length), exact: exact)
    #expect(parity.prompts == 12 && parity.same == 12 && parity.meanDivergence == 0)
  }

  /// Exact numbers have to give the same tokens, others nearly the same distributions.
  @Test func anotherModelIsRefused() throws {
    let model = Self.model(seed: 1)
    for exact in [true, false] {
      let other = Self.model(seed: 2)
      other.model.parameters.snapshot = other.model.parameters.snapshot.map { 20 * $0 }
      let error = #expect(throws: RunError.self) { try Self.parity(model, other, exact: exact) }
      #expect(error?.description.contains("of 12 prompts") == true)
    }
  }

  @Test func anotherTokenizerIsRefused() throws {
    let model = Self.model(seed: 1)
    let other = Tokenizer.train(
      on: ["nothing to merge"], vocabularySize: 280, specialTokens: SpecialToken.all)
    #expect(throws: RunError.exportDiffers("its tokenizer or chat template gives other tokens")) {
      try Self.parity(
        model, ModelFolder(model: model.model, tokenizer: other), exact: true)
    }
  }
}
