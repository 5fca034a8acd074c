import Foundation
import TestSupport
import Testing
import Tokenizers

/// Files that lie, of which each is refused in a sentence or makes a tokenizer that works.
@Suite struct TokenizerHostileTests {
  private static let texts = [
    "", "hello world 12 <|end|><|im_start|>", "e\u{301}\u{0}\r\n\n  🙂", "aaaaaaaaaaaaaaaaaaaaa",
  ]

  @Test(arguments: [
    (#""hello":259"#, #""hello":2147483648"#), (#""hello":259"#, #""hello":9223372036854775807"#),
    (#""hello":259"#, #""hello":9223372036854775808"#), (#""hello":259"#, #""hello":1e999"#),
    (#""hello":259"#, #""hello":-1"#), (#""hello":259"#, #""hello":null"#),
    (#""hello":259"#, #""hello":259,"hello":259"#), (#""hello":259"#, #""hello":258"#),
    (#""hello":259"#, #""he":259"#), (#""hello":259"#, #""":259"#),
    (#""hello":259"#, #""he\u0000llo":259"#), (#""hello":259"#, #""\ud800":259"#),
    (#""hello":259,"#, ""),
    (#""h e""#, #""h e","h e""#), (#""h e""#, #""he ll""#), (#""h e""#, #""hello hello""#),
    (#""h e""#, #"" he""#), (#""h e""#, #""he ""#), (#""h e""#, #"["","he"]"#),
    (#""h e""#, #"["h"]"#), (#""h e""#, #"["h","e","l"]"#), (#""h e""#, "[]"), (#""h e""#, "0"),
    (#""h e""#, #""h e l""#), (#""h e""#, #""<| end|>""#),
    (#""id":263"#, #""id":2147483648"#), (#""id":263"#, #""id":4294967559"#),
    (#""id":263"#, #""id":-1"#), (#""id":263"#, #""id":264"#), (#""id":263"#, #""id":0"#),
    (#""id":263"#, #""id":1e999"#), (#""id":263"#, #""id":1000000"#),
    (#""content":"<|end|>""#, #""content":"""#),
    (#""content":"<|end|>""#, #""content":"<|im_start|>""#),
    (#""content":"<|end|>""#, #""content":"\#(String(repeating: "x", count: 1 << 16))""#),
    (#""normalizer":null"#, #""normalizer":\#(nested("Sequence", "normalizers", 1000))"#),
    (#""normalizer":null"#, #""normalizer":\#(String(repeating: "[", count: 100_000))"#),
    (#""normalizer":null"#, #""normalizer":\#(String(repeating: #"{"a":"#, count: 100_000))"#),
    (#""version":"1.0""#, #""version":\#(String(repeating: "-", count: 100_000))"#),
    (#""version":"1.0""#, #""version":\#(String(repeating: "9", count: 100_000))"#),
  ])
  func filesThatLieAreRefused(part: String, replacement: String) throws {
    let kept = try seed("gpt2.json")
    try #require(kept.contains(part))
    let text = kept.replacing(part, with: replacement, maxReplacements: 1)
    let error = #expect(throws: TokenizerError.self) {
      try Tokenizer(json: Data(text.utf8), name: "damaged")
    }
    #expect((error?.description ?? "").utf8.count < 300)
  }

  /// A template has few steps, processors and tokens.
  @Test(arguments: [
    template(single: 65, ids: 1, known: 1), template(single: 1, ids: 65, known: 1),
    template(single: 2, ids: 33, known: 1), template(single: 1, ids: 1, known: 65),
    sequence(of: #"{"type":"ByteLevel"}"#, 65),
    sequence(of: template(single: 1, ids: 33, known: 1), 2),
  ])
  func longTemplatesAreRefused(processor: String) throws {
    let error = #expect(throws: TokenizerError.self) { try tokenizer(processor: processor) }
    guard case .tooLarge(_, let field, _, 64)? = error else {
      Issue.record("\(error?.description ?? "no error")")
      return
    }
    #expect(field.hasPrefix("post_processor"))
  }

  @Test func templatesOfUsualLengthAreRead() throws {
    let longest = Self.template(single: 1, ids: 64, known: 64)
    #expect(try tokenizer(processor: longest).prefixTokens.count == 64)
    let processors = Self.sequence(of: Self.template(single: 1, ids: 1, known: 1), 2)
    #expect(try tokenizer(processor: processors).prefixTokens == [0, 0])
  }

  private func tokenizer(processor: String) throws -> Tokenizer {
    let kept = try seed("gpt2.json")
    let part = #""post_processor":{"type":"ByteLevel","#
    try #require(kept.contains(part))
    // The seed's own processor stays, under a name that nobody reads.
    let text = kept.replacing(part, with: #""post_processor":\#(processor),"x":{"#)
    return try Tokenizer(json: Data(text.utf8), name: "template")
  }

  /// `single` steps of one special token of `ids` tokens, of `known` that there are.
  private static func template(single: Int, ids: Int, known: Int) -> String {
    let step = #"{"SpecialToken":{"id":"0"}},"#
    let list = Array(repeating: "0", count: ids).joined(separator: ",")
    let tokens = (0..<known).map { #""\#($0)":{"ids":[\#(list)]}"# }.joined(separator: ",")
    return #"{"type":"TemplateProcessing","single":["# + String(repeating: step, count: single)
      + #"{"Sequence":{"id":"A"}}],"special_tokens":{\#(tokens)}}"#
  }

  private static func sequence(of processor: String, _ count: Int) -> String {
    let list = Array(repeating: processor, count: count).joined(separator: ",")
    return #"{"type":"Sequence","processors":[\#(list)]}"#
  }

  /// Merges that need one another in the wrong order, and ones that nothing leads to.
  @Test func mergesInAnyOrderEnd() throws {
    let merges = #"["hell o","he ll","l l","h e","Ġw o","Ġ w","1 2"]"#
    let kept = try seed("gpt2.json")
    let start = try #require(kept.range(of: #""merges":["#)?.upperBound)
    let end = try #require(kept[start...].range(of: "]")?.upperBound)
    let text = kept[..<start].dropLast() + merges + kept[end...]
    let tokenizer = try Tokenizer(json: Data(text.utf8), name: "reversed")
    for text in Self.texts { #expect(tokenizer.decode(tokenizer.encode(text)) == text) }
  }

  @Test func partsOfAFileAreRefused() throws {
    for (_, data) in try fuzzSeeds("tokenizer") {
      for count in stride(from: 0, to: data.count, by: 41) {
        #expect(throws: TokenizerError.self) {
          try Tokenizer(json: data.prefix(count), name: "part")
        }
      }
    }
  }

  /// Files that the fuzzing target starts from or found.
  @Test func seedsWorkOrAreRefused() throws {
    for (name, data) in try fuzzSeeds("tokenizer") {
      do {
        let tokenizer = try Tokenizer(json: data, name: name)
        for text in Self.texts {
          #expect(tokenizer.decode(tokenizer.encode(text)).utf8.count <= 3 * text.utf8.count)
          let ids =
            tokenizer.encode(markup: tokenizer.shielded(text)) + tokenizer.encode(markup: text)
          #expect(ids.allSatisfy { (0..<Int32(tokenizer.vocabularySize)).contains($0) })
        }
      } catch {
        #expect(name.hasPrefix("found-"), "\(name): \(error)")
      }
    }
  }

  private func seed(_ name: String) throws -> String {
    let seed = try #require(fuzzSeeds("tokenizer").first { $0.name == name })
    return String(decoding: seed.data, as: UTF8.self)
  }

  /// A component inside of itself, `depth` times.
  private static func nested(_ type: String, _ key: String, _ depth: Int) -> String {
    String(repeating: #"{"type":"\#(type)","\#(key)":["#, count: depth)
      + String(repeating: "]}", count: depth)
  }
}
