import LanguageModels
import Tensors
import TestSupport
import Testing
import Tokenizers

@Suite struct GenerationStopTests {
  private static let tokenizer = Tokenizer.train(
    on: ["the weather is fine today", "the weather is bad today"], vocabularySize: 300,
    specialTokens: SpecialToken.all)
  private let tokenizer = GenerationStopTests.tokenizer
  private let model = Transformer(seeded: 5, .tiny(vocabulary: tokenizer.vocabularySize))

  private func requests(stopStrings: [String]) -> [GenerationRequest] {
    (0..<12).map {
      GenerationRequest(
        prompt: [Int32($0) + 40, 7], maximumNewTokens: 30, temperature: 1, seed: UInt64($0),
        stopStrings: stopStrings)
    }
  }

  private func bytes(_ tokens: [Int32]) -> [UInt8] { tokens.flatMap(tokenizer.bytes(of:)) }

  /// The number of tokens up to the one that completes a text, by looking at every end.
  private func expected(_ tokens: [Int32], _ stops: [String]) -> Int? {
    tokens.indices.first { index in
      let text = bytes(Array(tokens[...index]))
      return stops.contains { stop in
        let pattern = Array(stop.utf8)
        return text.indices.contains { text[$0...].starts(with: pattern) }
      }
    }.map { $0 + 1 }
  }

  @Test func aSequenceEndsWithTheTokenThatCompletesAStopString() throws {
    let free = model.generate(requests(stopStrings: []), endToken: -1)
    // Three characters from the middle of what rows write: they begin and end within tokens.
    let stops = free.prefix(6).compactMap { result -> String? in
      let text = result.decoded(by: tokenizer).filter { $0.isASCII }
      return text.count > 20 ? String(text.dropFirst(15).prefix(2)) : nil
    }
    #expect(stops.count > 2)
    let found = model.generate(
      requests(stopStrings: stops), endToken: -1, slots: 5, tokenizer: tokenizer)
    #expect(found.contains { $0.stop != nil })
    for (whole, result) in zip(free, found) {
      let count = expected(whole.tokens, stops)
      #expect(result.tokens == Array(whole.tokens.prefix(count ?? 30)))
      #expect(!result.ended && (result.stop == nil) == (count == nil))
      guard let stop = result.stop else { continue }
      #expect(stops.contains(stop.text))
      let text = bytes(result.tokens)
      #expect(text[stop.byteOffset...].starts(with: Array(stop.text.utf8)))
      #expect(
        result.decoded(by: tokenizer) == String(decoding: text[..<stop.byteOffset], as: UTF8.self))
    }
  }

  @Test func theLongerOfTwoThatEndTogetherIsNamed() throws {
    let text = try #require(
      model.generate(requests(stopStrings: []), endToken: -1).lazy
        .map { $0.decoded(by: tokenizer) }.first { $0.prefix(6).allSatisfy(\.isASCII) })
    let (long, short) = (String(text.prefix(6)), String(text.prefix(6).suffix(3)))
    let found = model.generate(
      requests(stopStrings: [short, long]), endToken: -1, tokenizer: tokenizer)
    let stop = try #require(found.compactMap(\.stop).first { $0.text == long })
    #expect(stop.byteOffset == 0)
  }

  @Test func whatIsInThePromptDoesNotStop() {
    let prompt = tokenizer.encode("the weather is fine")
    let request = GenerationRequest(
      prompt: prompt, maximumNewTokens: 4, stopStrings: ["weather is fine"])
    let found = model.generate([request], endToken: -1, tokenizer: tokenizer)[0]
    #expect(found.tokens.count == 4 && found.stop == nil)
  }

  @Test func misuseStops() async {
    await #expect(processExitsWith: .failure) {
      let request = GenerationRequest(prompt: [1], maximumNewTokens: 1, stopStrings: ["x"])
      _ = Transformer(.tiny()).generate([request], endToken: 0)
    }
    await #expect(processExitsWith: .failure) {
      let request = GenerationRequest(prompt: [1], maximumNewTokens: 1, stopStrings: [""])
      _ = Transformer(.tiny()).generate(
        [request], endToken: 0, tokenizer: GenerationStopTests.tokenizer)
    }
  }
}
