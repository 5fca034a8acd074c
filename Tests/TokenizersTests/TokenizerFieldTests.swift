import Foundation
import Testing
import Tokenizers

/// Fields of the four styles that are refused, or that give the same tokenizer.
@Suite struct TokenizerFieldTests {
  @Test(arguments: [
    ("llama3", #"{1,3}"#, #"{1,4}"#, "pre_tokenizer.pretokenizers.0.pattern.Regex"),
    ("llama3", #""Isolated""#, #""Removed""#, "pre_tokenizer.pretokenizers.0.behavior"),
    ("llama3", #""invert":false"#, #""invert":true"#, "pre_tokenizer.pretokenizers.0.invert"),
    ("llama3", #""use_regex":false"#, #""use_regex":true"#, "use_regex"),
    ("llama3", #""type":"Split""#, #""type":"Punctuation""#, "pre_tokenizer.pretokenizers.0.type"),
    ("llama3", #"{"Sequence":{"id":"A""#, #"{"Sequence":{"id":"B""#, "post_processor"),
    (
      "llama3", #"{"Sequence":{"id":"A","type_id":0}}]"#,
      #"{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"<|eot_id|>","type_id":0}}]"#,
      "post_processor.processors.1.single.2"
    ),
    ("smollm", #""individual_digits":true"#, #""individual_digits":false"#, "individual_digits"),
    ("qwen2", #"{"type":"NFC"}"#, #"{"type":"NFD"}"#, "normalizer"),
    ("gpt2", #""decoder":{"type":"ByteLevel""#, #""decoder":{"type":"Fuse""#, "decoder"),
  ])
  func refusedByName(style: String, part: String, replacement: String, field: String) throws {
    let file = try kept(style)
    try #require(file.contains(part))
    let error = #expect(throws: TokenizerError.self) {
      try read(file.replacing(part, with: replacement, maxReplacements: 1))
    }
    #expect(error?.description.contains(field) == true, "\(String(describing: error))")
  }

  @Test(arguments: [
    ("qwen2", #"{"type":"NFC"}"#, #"{"type":"Sequence","normalizers":[{"type":"NFC"}]}"#),
    ("smollm", #""ignore_merges":false"#, #""other":[{"deep":[1.5e3,"\u0041\ud83d\ude42"]}]"#),
    ("gpt2", #""post_processor":{"type":"ByteLevel""#, #""x":{"type":"ByteLevel""#),
  ])
  func readAsTheSame(style: String, part: String, replacement: String) throws {
    let file = try kept(style)
    try #require(file.contains(part))
    #expect(try read(file.replacing(part, with: replacement)) == read(file))
  }

  @Test(arguments: [
    #"{"a":1,}"#, #"{"a" 1}"#, #"["\ud800"]"#, #"["\u12"]"#, #"["\q"]"#, "[01]", "[1.]", "[-]",
    "[1e999]", "[tru]", "[1] 2", "[\"\u{1}\"]", #"["a"#, "[1,,2]", "{]", "[}",
  ])
  func textThatIsNoJSON(text: String) {
    let error = #expect(throws: TokenizerError.self) { try read(text) }
    guard case .unreadable = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func stringsMustBeUTF8() {
    #expect(throws: TokenizerError.self) {
      try Tokenizer(json: Data([0x5B, 0x22, 0xFF, 0x22, 0x5D]), name: "t.json")
    }
  }

  @Test func bytesThatAVocabularyLacksAreLeftOut() throws {
    let tokenizer = try read(kept("smollm"))
    #expect(tokenizer.decode(tokenizer.encode("th\u{4}e\u{6}")) == "the")
    #expect(tokenizer.encode("\u{4}").isEmpty)
    #expect(tokenizer.encode(String(repeating: "\u{4}", count: 100)).isEmpty)
  }

  @Test func partsThatContradictEachOtherAreRefused() throws {
    let kept = try read(kept("gpt2")).parts
    var parts = kept
    parts.added.append(AddedToken(id: 5, content: "other", isSpecial: true))
    #expect(throws: TokenizerError.self) { try Tokenizer(parts, file: "parts") }
    parts = kept
    parts.prefixTokens = [Int32(kept.texts.count)]
    #expect(throws: TokenizerError.self) { try Tokenizer(parts, file: "parts") }
    parts = kept
    parts.merges.append(("a", "nothing"))
    #expect(throws: TokenizerError.self) { try Tokenizer(parts, file: "parts") }
    parts = kept
    parts.texts.append(parts.texts[300])
    #expect(throws: TokenizerError.self) { try Tokenizer(parts, file: "parts") }
  }

  private func kept(_ style: String) throws -> String {
    try String(
      contentsOf: Golden.folder.appending(path: "styles/\(style).json"), encoding: .utf8)
  }

  @discardableResult
  private func read(_ text: String) throws -> Tokenizer {
    try Tokenizer(json: Data(text.utf8), name: "tokenizer.json")
  }
}
