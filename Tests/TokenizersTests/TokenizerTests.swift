import TestSupport
import Testing
import Tokenizers

@Suite struct TokenizerTests {
  private let tokenizer: Tokenizer

  init() throws { tokenizer = try Golden.tokenizer() }

  @Test func idsAgreeWithTheReference() throws {
    for golden in try Golden.load().cases {
      #expect(tokenizer.encode(golden.text) == golden.ids, "\(golden.text.debugDescription)")
    }
  }

  @Test func decodingOfArbitraryIdsAgreesWithTheReference() throws {
    for golden in try Golden.load().decodings {
      // Compared by scalars: strings that are canonically equivalent would pass otherwise.
      let text = tokenizer.decode(golden.ids)
      #expect(Array(text.unicodeScalars) == Array(golden.text.unicodeScalars), "\(golden.ids)")
    }
  }

  @Test func everyTextSurvivesARoundTrip() {
    var random = SeededGenerator(seed: 11)
    for _ in 0..<400 {
      let text = randomText(using: &random)
      let decoded = tokenizer.decode(tokenizer.encode(text))
      #expect(Array(decoded.utf8) == Array(text.utf8))
    }
  }

  @Test func everyScalarSurvivesARoundTrip() {
    var text = String.UnicodeScalarView()
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      text.append(scalar)
      if value % 5 == 0 { text.append(" ") }
    }
    let all = String(text)
    #expect(Array(tokenizer.decode(tokenizer.encode(all)).utf8) == Array(all.utf8))
  }

  @Test func repeatedWordsEncodeAsTheFirst() {
    var random = SeededGenerator(seed: 3)
    let words = (0..<200).map { _ in
      " " + String((0..<6).map { _ in "abert".randomElement(using: &random) ?? "a" })
    }
    let alone = words.flatMap { tokenizer.encode($0) }
    #expect(tokenizer.encode(words.joined() + words.joined()) == alone + alone)
  }

  @Test func specialTokensAreOutOfReachOfText() {
    let special = Set(tokenizer.specialTokens.values)
    for name in tokenizer.specialTokens.keys {
      let ids = tokenizer.encode("a \(name)\(name) b")
      #expect(special.isDisjoint(with: ids))
      #expect(tokenizer.decode(ids) == "a \(name)\(name) b")
    }
  }

  @Test func specialAndUnknownIdsDecodeToNothing() throws {
    let end = try #require(tokenizer.id(ofSpecial: "<|end|>"))
    let padding = try #require(tokenizer.id(ofSpecial: "<|pad|>"))
    #expect((end, padding) == (0, 1))
    #expect(tokenizer.id(ofSpecial: "good") == nil)
    let ids = [padding] + tokenizer.encode("good") + [end, -1, 1_000_000]
    #expect(tokenizer.decode(ids) == "good")
    #expect(tokenizer.bytes(of: end).isEmpty)
  }

  @Test func tokensOfATextJoinToItsBytes() {
    let text = "Zürich 🙂, it's good"
    let bytes = tokenizer.encode(text).flatMap { tokenizer.bytes(of: $0) }
    #expect(bytes == Array(text.utf8))
  }

  /// Quadratic merging would take minutes.
  @Test(.timeLimit(.minutes(1))) func aTextWithoutSpacesIsFast() {
    let text = String(repeating: "abaab", count: 100_000)
    #expect(tokenizer.decode(tokenizer.encode(text)) == text)
  }

  private func randomText(using random: inout SeededGenerator) -> String {
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...80, using: &random) {
      let limit: UInt32 = [0x7F, 0x24F, 0xFFFF, 0x10FFFF].randomElement(using: &random) ?? 0x7F
      if let scalar = Unicode.Scalar(UInt32.random(in: 0...limit, using: &random)) {
        text.append(scalar)
      }
    }
    return String(text)
  }
}
