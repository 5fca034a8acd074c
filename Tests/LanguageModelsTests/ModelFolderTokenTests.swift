import Foundation
import LanguageModels
import NeuralNetworks
import Tensors
import TestSupport
import Testing
import Tokenizers

/// Which tokens a folder names, and what for.
@Suite struct ModelFolderTokenTests {
  @Test func whatABaseSaysOfTokensIsKept() throws {
    let template = try ChatTemplate(
      "{{ bos_token }}{{ messages[0].content }}", specialTokens: ["bos_token": "<|answer|>"])
    let base = TinyFolder.contents()
    let written = ModelFolder(
      model: base.model, tokenizer: base.tokenizer, endTokens: [2, 1], paddingToken: nil,
      chatTemplate: template)
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      try written.write(to: folder)
      let found = try ModelFolder(contentsOf: folder)
      #expect(found.endTokens == [2, 1])
      #expect(found.chatTemplate?.source == template.source)
      #expect(found.chatTemplate?.specialTokens["bos_token"] == "<|answer|>")
      #expect(found.chatTemplate?.specialTokens["eos_token"] == SpecialToken.all[2])
      #expect(found.replacing(model: base.model.copy()).endTokens == [2, 1])
      #expect(found.replacing(chatTemplate: nil).chatTemplate == nil)
    }
  }

  @Test func theTokenThatOpensTextsIsNamed() throws {
    let base = TinyFolder.contents()
    var parts = base.tokenizer.parts
    parts.prefixTokens = [2]
    let written = ModelFolder(
      model: base.model, tokenizer: try Tokenizer(parts, file: "tokenizer.json"))
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      for (contents, name) in [(written, SpecialToken.all[2]), (base, nil)] {
        try contents.write(to: folder)
        let values = try JSONSerialization.jsonObject(
          with: Data(contentsOf: folder.appending(path: "tokenizer_config.json")))
        #expect((values as? [String: Any])?["bos_token"] as? String == name)
      }
    }
  }

  @Test func generationConfigurationHasPrecedence() throws {
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      try TinyFolder.contents().write(to: folder)
      try TinyFolder.editConfiguration(folder, "eos_token_id", 7)
      #expect(try ModelFolder(contentsOf: folder).endTokens == [1])
      let generation = folder.appending(path: "generation_config.json")
      try Data("{\"eos_token_id\": [5, 6, -1, 99999]}".utf8).write(to: generation)
      #expect(try ModelFolder(contentsOf: folder).endTokens == [5, 6])
      try FileManager.default.removeItem(at: generation)
      #expect(try ModelFolder(contentsOf: folder).endTokens == [7])
      try TinyFolder.editConfiguration(folder, "eos_token_id", nil)
      #expect(try ModelFolder(contentsOf: folder).endTokens == [1])
    }
  }

  @Test func aTableLargerThanTheTokenizerIsRead() throws {
    let model = Transformer(seeded: 1, .tiny(vocabulary: 300))
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      try ModelFolder(model: model, tokenizer: TinyFolder.tokenizer).write(to: folder)
      let found = try ModelFolder(contentsOf: folder)
      #expect(found.model.configuration.vocabularySize == 300)
      #expect(found.tokenizer.decode([299]) == "")
    }
  }

  @Test func tokenIdsAreTheTokenizers() throws {
    let tokenizer = Tokenizer.train(
      on: [], vocabularySize: 259,
      specialTokens: [SpecialToken.answer, SpecialToken.end, SpecialToken.padding])
    let contents = ModelFolder(
      model: Transformer(.tiny(vocabulary: tokenizer.vocabularySize)), tokenizer: tokenizer)
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      try contents.write(to: folder)
      let json = try JSONSerialization.jsonObject(
        with: Data(contentsOf: folder.appending(path: "config.json")))
      let object = try #require(json as? [String: Any])
      #expect(object["pad_token_id"] as? Int32 == tokenizer.id(ofSpecial: SpecialToken.padding))
      #expect(object["eos_token_id"] as? Int32 == tokenizer.id(ofSpecial: SpecialToken.end))
    }
  }
}
