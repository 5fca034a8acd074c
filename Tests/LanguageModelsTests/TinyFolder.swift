import Foundation
import LanguageModels
import TestSupport
import Testing
import Tokenizers

/// A folder of a tiny model, to be changed by tests.
enum TinyFolder {
  static let tokenizer = Tokenizer.train(
    on: ["the cat sat on the mat, the cat sat"], vocabularySize: 265,
    specialTokens: SpecialToken.all)

  static func contents(
    seed: UInt64 = 1, tied: Bool = true, head: TransformerHead = .tokens
  ) -> ModelFolder {
    let configuration = TransformerConfiguration.tiny(
      vocabulary: tokenizer.vocabularySize, tied: tied)
    return ModelFolder(
      model: Transformer(seeded: seed, configuration, head: head), tokenizer: tokenizer)
  }

  /// Writes a folder, changes it, and expects the reader to refuse it in these words.
  static func expectRefusal(
    _ words: String, sourceLocation: SourceLocation = #_sourceLocation,
    change: (URL) throws -> Void
  ) throws {
    try withTemporaryFolder { parent in
      let folder = parent.appending(path: "model")
      try contents().write(to: folder)
      try change(folder)
      expectUnreadable(folder, words, sourceLocation: sourceLocation)
    }
  }

  static func editConfiguration(_ folder: URL, _ key: String, _ value: Any?) throws {
    try editJSON(folder.appending(path: "config.json"), key, value)
  }
}
