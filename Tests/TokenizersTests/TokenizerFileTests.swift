import Foundation
import TestSupport
import Testing
import Tokenizers

@Suite struct TokenizerFileTests {
  @Test func writingAndReadingGiveTheSameTokenizer() throws {
    let tokenizer = Tokenizer.train(
      on: [try Golden.corpus()], vocabularySize: 380,
      specialTokens: ["<|end|>", "a \"quoted\" \\ name\n", "<pad>"])
    try withTemporaryFile("tokenizer.json") { url in
      try tokenizer.write(to: url)
      #expect(try Tokenizer(contentsOf: url) == tokenizer)
    }
  }

  @Test func mergesMayBePairs() throws {
    let text = try keptFile().replacing(#""i t""#, with: #"["i", "t"]"#)
    #expect(try text.contains(#"["i", "t"]"#) && read(text) == Golden.tokenizer())
  }

  @Test(arguments: [
    (#""normalizer": null"#, #""normalizer": {"type": "NFKC"}"#, "normalizer", "'NFKC'"),
    (#""type": "BPE""#, #""type": "Unigram""#, "model.type", "'Unigram'"),
    (#""dropout": null"#, #""dropout": 0.1"#, "model.dropout", "'0.1'"),
    (#""unk_token": null"#, #""unk_token": "?""#, "model.unk_token", "'?'"),
    (
      #""byte_fallback": false"#, #""byte_fallback": true"#, "model.byte_fallback", "'true'"
    ),
    (#""padding": null"#, #""padding": {"x": 1}"#, "padding", "set"),
    (
      #""post_processor": null"#, #""post_processor": {"type": "BertProcessing"}"#,
      "post_processor", "'BertProcessing'"
    ),
    (
      #""add_prefix_space": false"#, #""add_prefix_space": true"#,
      "pre_tokenizer.add_prefix_space", "'true'"
    ),
    (#""use_regex": true"#, #""use_regex": false"#, "pre_tokenizer.use_regex", "'false'"),
    (#""pre_tokenizer""#, #""other""#, "pre_tokenizer", "missing"),
  ])
  func unsupportedFieldsAreNamed(
    part: String, replacement: String, field: String, found: String
  ) throws {
    let text = try keptFile().replacing(part, with: replacement)
    #expect(
      throws: TokenizerError.unsupported(file: "tokenizer.json", field: field, found: found)
    ) { try read(text) }
  }

  @Test(arguments: [
    (
      #""!": 35"#, #""!": 36"#, "model.vocab",
      "has ids that are missing, out of range or there twice"
    ),
    (
      #""!": 35"#, #""!": -1"#, "model.vocab",
      "has ids that are missing, out of range or there twice"
    ),
    (#""!": 35"#, #""!": 35.5"#, "model.vocab.!", "has the wrong type"),
    (#""!": 35"#, #""!": "35""#, "model.vocab.!", "has the wrong type"),
    (#""!": 35"#, #""! ": 35"#, "model.vocab", "has token 35 that is not in the byte alphabet"),
    (#""!": 35"#, #""!!": 35"#, "model.vocab", "does not have byte 33"),
    (
      #"{"id": 1,"#, #"{"id": 7,"#, "added_tokens.1.id",
      "is 7, which does not fit the vocabulary"
    ),
    (#""i t""#, #""i"#, "", ""),
    (#""i t""#, #""i tt tt""#, "model.merges.", "does not join two tokens into a third"),
    (#""i t""#, #""zz q""#, "model.merges.", "does not join two tokens into a third"),
    (#""vocab""#, #""vocabulary""#, "model.vocab", "is missing"),
    (#""merges""#, #""mergers""#, "model.merges", "is missing"),
  ])
  func contradictionsAreNamed(
    part: String, replacement: String, field: String, reason: String
  ) throws {
    let text = try keptFile().replacing(part, with: replacement, maxReplacements: 1)
    let error = #expect(throws: TokenizerError.self) { try read(text) }
    switch error {
    case .malformed("tokenizer.json", let foundField, reason):
      #expect(foundField.hasPrefix(field))
    case .unreadable: #expect(field.isEmpty)
    default: Issue.record("\(String(describing: error))")
    }
  }

  @Test func aMergeThatSpellsASpecialTokenIsRefused() throws {
    // "it" becomes special: the merge that led to it must not make it from text.
    let text = try keptFile().replacing(
      #""added_tokens": ["#,
      with: #""added_tokens": [{"id": \#(idOfMergedIt()), "content": "it", "special": true},"#)
    let error = #expect(throws: TokenizerError.self) { try read(text) }
    guard case .malformed(_, let field, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(field.hasPrefix("model.merges."))
  }

  @Test(arguments: [
    "", "[]", "{", "{}", "null", "\u{FEFF}{}", String(repeating: "[", count: 100_000),
  ])
  func noTokenizerAtAll(text: String) {
    #expect(throws: TokenizerError.self) { try read(text) }
  }

  @Test func missingAndOversizedFiles() throws {
    try withTemporaryFile("tokenizer.json") { url in
      #expect(throws: TokenizerError.self) { try Tokenizer(contentsOf: url) }
      try Data().write(to: url)
      let handle = try FileHandle(forWritingTo: url)
      try handle.truncate(atOffset: 1 << 26 + 1)
      try handle.close()
      #expect(
        throws: TokenizerError.tooLarge(
          file: "tokenizer.json", field: "", size: 1 << 26 + 1, limit: 1 << 26)
      ) { try Tokenizer(contentsOf: url) }
    }
  }

  /// Whatever the damage: an error, or a tokenizer that still gives texts back.
  @Test func damagedFilesAreRefusedOrWork() throws {
    var random = SeededGenerator(seed: 21)
    let kept = Array(try keptFile().utf8)
    for _ in 0..<150 {
      var bytes = kept
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(
          in: 32...126, using: &random)
      }
      guard let tokenizer = try? read(String(decoding: bytes, as: UTF8.self)) else { continue }
      let text = "Is this review good or bad? 🙂"
      #expect(tokenizer.decode(tokenizer.encode(text)) == text)
    }
  }

  @Test func errorsAreSentences() {
    let errors: [(TokenizerError, String)] = [
      (
        .unreadable(file: "t.json", reason: "it is empty"),
        "cannot read tokenizer 't.json': it is empty"
      ),
      (
        .malformed(file: "t.json", field: "model.vocab", reason: "is missing"),
        "tokenizer 't.json': 'model.vocab' is missing"
      ),
      (
        .unsupported(file: "t.json", field: "normalizer", found: "'NFC'"),
        "tokenizer 't.json': 'normalizer' is 'NFC', which is not supported"
      ),
      (
        .tooLarge(file: "t.json", field: "", size: 9, limit: 8),
        "tokenizer 't.json' has 9 bytes; the limit is 8"
      ),
      (
        .tooLarge(file: "t.json", field: "model.merges", size: 9, limit: 8),
        "tokenizer 't.json': 'model.merges' has 9 entries; the limit is 8"
      ),
    ]
    for (error, sentence) in errors { #expect(error.description == sentence) }
  }

  private func keptFile() throws -> String {
    try String(contentsOf: Golden.folder.appending(path: "tokenizer.json"), encoding: .utf8)
  }

  private func idOfMergedIt() throws -> Int32 {
    try #require(Golden.tokenizer().encode("it").first)
  }

  @discardableResult
  private func read(_ text: String) throws -> Tokenizer {
    try withTemporaryFile("tokenizer.json") { url in
      try Data(text.utf8).write(to: url)
      return try Tokenizer(contentsOf: url)
    }
  }
}
