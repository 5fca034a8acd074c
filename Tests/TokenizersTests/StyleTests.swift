import Foundation
import TestSupport
import Testing
import Tokenizers

/// Values of `Golden/styles.py`: four styles of tokenizer as Hugging Face's library writes them.
struct StyleGolden: Decodable {
  struct Style: Decodable {
    struct File: Decodable {
      let file: String
      let bytes: Int
      let tokens: Int
      let hash: String
    }

    let name: String
    let ids: [[Int32]]
    let prefix: [Int32]
    let everyScalar: String
    let files: [File]

    func tokenizer() throws -> Tokenizer {
      try Tokenizer(contentsOf: Golden.folder.appending(path: "styles/\(name).json"))
    }
  }

  struct Broken: Decodable {
    let bytes: String
    let text: String
  }

  let ranges: [[UInt32]]
  let texts: [String]
  let broken: [Broken]
  let styles: [Style]

  /// FNV-1a over the ids as little-endian 32-bit integers.
  static func hash(_ ids: [Int32]) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for id in ids {
      for shift in [0, 8, 16, 24] {
        hash = (hash ^ UInt64(UInt32(bitPattern: id) >> UInt32(shift) & 0xFF)) &* 0x100_0000_01B3
      }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

@Suite struct StyleTests {
  private let golden: StyleGolden

  init() throws { golden = try readGolden("styles", as: StyleGolden.self) }

  @Test func idsAgreeWithTheReference() throws {
    for style in golden.styles {
      let tokenizer = try style.tokenizer()
      for (text, ids) in zip(golden.texts, style.ids) {
        #expect(
          tokenizer.encode(markup: text) == ids,
          "\(style.name): \(text.prefix(80).debugDescription)")
      }
      #expect(tokenizer.prefixTokens == style.prefix)
    }
  }

  /// Where Unicode's tables differ from one version to the next, ids would differ.
  @Test func everyScalarIsOfTheSameClass() throws {
    var text = String.UnicodeScalarView()
    for range in golden.ranges {
      for scalar in (range[0]..<range[1]).compactMap(Unicode.Scalar.init) {
        text.append(contentsOf: ["a", scalar, "b", " ", scalar, scalar])
      }
    }
    for style in golden.styles {
      let ids = try style.tokenizer().encode(markup: String(text))
      #expect(StyleGolden.hash(ids) == style.everyScalar, "\(style.name)")
    }
  }

  @Test(.enabled(if: RealData.has("gsm8k/train.jsonl"), "the real data are not here"))
  func idsOfRealDataAgreeWithTheReference() throws {
    var byteCount = 0
    for style in golden.styles {
      let tokenizer = try style.tokenizer()
      for file in style.files {
        let content = try Data(contentsOf: RealData.folder.appending(path: file.file))
        try #require(content.count == file.bytes, "\(file.file) is another one")
        let ids = tokenizer.encode(markup: String(decoding: content, as: UTF8.self))
        #expect(ids.count == file.tokens)
        #expect(StyleGolden.hash(ids) == file.hash, "\(style.name): \(file.file)")
        byteCount += content.count
      }
    }
    #expect(byteCount >= golden.styles.count * 20_000_000)
  }

  @Test func bytesThatAreNotUTF8AreReplacedAsPythonDoes() throws {
    let tokenizer = try Golden.tokenizer()
    for broken in golden.broken {
      let digits = Array(broken.bytes)
      let bytes = try stride(from: 0, to: digits.count, by: 2).map {
        try #require(UInt8(String(digits[$0...$0 + 1]), radix: 16))
      }
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(Array(text.unicodeScalars) == Array(broken.text.unicodeScalars), "\(broken.bytes)")
      #expect(tokenizer.encode(utf8: bytes) == tokenizer.encode(broken.text))
    }
  }

  @Test func writtenFilesGiveTheSameTokenizer() throws {
    for style in golden.styles {
      let tokenizer = try style.tokenizer()
      try withTemporaryFile("tokenizer.json") { url in
        try tokenizer.write(to: url)
        #expect(try Tokenizer(contentsOf: url) == tokenizer, "\(style.name)")
      }
      #expect(try Tokenizer(tokenizer.parts, file: "parts") == tokenizer, "\(style.name)")
    }
  }

  @Test func stylesAreRecognized() throws {
    let found = try golden.styles.map { try $0.tokenizer() }
    #expect(found.map(\.preTokenizer) == [.gpt2, .llama3, .qwen2, .smolLM])
    #expect(found.map(\.normalizesNFC) == [false, false, true, false])
    #expect(found.map { $0.parts.ignoresMerges } == [false, true, false, false])
  }

  /// Whatever a text spells, a shield makes text of it.
  @Test func shieldedTextIsNoMarkup() throws {
    let mark = String(decoding: [0xEF, 0xB7, 0x90], as: UTF8.self)
    for style in golden.styles {
      let tokenizer = try style.tokenizer()
      let added = Set(tokenizer.addedTokens.map(\.id))
      let spelled = tokenizer.addedTokens.map(\.content)
      for text in golden.texts + spelled + [
        spelled.joined(), spelled.joined(separator: mark),
      ] {
        let shielded = tokenizer.shielded(text)
        let ids = tokenizer.encode(markup: shielded)
        #expect(added.isDisjoint(with: ids), "\(style.name): \(text.prefix(80).debugDescription)")
        let plain = text.unicodeScalars.filter { $0.value != 0xFDD0 }
        #expect(ids == tokenizer.encode(String(String.UnicodeScalarView(plain))))
        #expect(tokenizer.shielded(shielded) == shielded)
      }
    }
  }

  @Test func decodingGivesTokensAndText() throws {
    let tokenizer = try #require(golden.styles.first { $0.name == "qwen2" }).tokenizer()
    let ids = tokenizer.encode(markup: "<|im_start|>user <think>é</think><|im_end|>")
    #expect(tokenizer.decode(ids) == "user <think>é</think>")
    #expect(
      tokenizer.specialTokens.keys.sorted() == ["<|endoftext|>", "<|im_end|>", "<|im_start|>"])
  }
}
