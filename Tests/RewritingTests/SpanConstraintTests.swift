import LanguageModels
import NeuralNetworks
import Rewriting
import TestSupport
import Testing
import Tokenizers

@Suite struct SpanConstraintTests {
  private static let guards = Guards(maximumLengthRatio: 2.5, extraCharacters: 80)
  private let tokenizer = Tokenizer.train(
    on: ["Judge the text. Is it good or bad? {{text}}", "Judge the text. {{text}} 12 \"x\""],
    vocabularySize: 300, specialTokens: SpecialToken.all)
  private let end: Int32
  private let vocabulary: SpanConstraint.Vocabulary

  init() throws {
    end = try #require(tokenizer.id(ofSpecial: SpecialToken.end))
    vocabulary = SpanConstraint.Vocabulary(tokenizer, endTokens: [end])
  }

  private func constraint(_ original: String) -> SpanConstraint {
    SpanConstraint(original: original, vocabulary: vocabulary)
  }

  /// The part of a text that may be written, and whether it may end there.
  private func follow(_ text: String, _ original: String) -> (written: String, ends: Bool) {
    var constraint = constraint(original)
    var written: [Int32] = []
    for token in tokenizer.encode(text) {
      guard constraint.allows(token) else { return (tokenizer.decode(written), false) }
      written.append(token)
      constraint.append(token, remaining: 1000)
    }
    return (text, constraint.allows(end))
  }

  @Test(arguments: [
    ("Judge {{text}}.", "Please judge {{text}} now."),
    ("{{a}} and {{b}}, then {{a}}.", "Take {{b}}, {{a}} and {{a}} {now}."),
    ("Say \"yes\" in 12 words, or 3.5.", "In 12 words or 3.5, answer \"yes\"."),
    ("Say “yes” to 'no way'.", "Don't say 'no way' but ‘yes’."),
    ("Is it good or bad? {{text}}", "1. Read {{text}}\n2. Label: good or bad"),
    ("Use 12 or 120 of 1,200.", "1,200 and 120 and 12, it's enough"),
    ("请判断{{文本}}。“好”", "判断「好」：{{文本}}。"),
    ("Nothing here", "Nothing: 5 \"quotes\" of the 2."),
    ("Quote \"{{a}} is {{b}}\".", "Quote: \"{{a}} is {{b}}\""),
    ("Is {{{a}}} set?", "Tell if {{{a}}} is set."),
  ])
  func aRewriteThatPassesTheGuardsIsAllowed(original: String, rewrite: String) {
    #expect(Self.guards.violation(original: original, rewritten: rewrite) == nil)
    let found = follow(rewrite, original)
    #expect(found.written == rewrite && found.ends)
  }

  @Test(arguments: [
    ("Judge {{text}}.", "Judge {{te", "as}}"),
    ("Judge {{text}}.", "Judge {{text}} {", "{text}}"),
    ("Judge.", "Judge {", "{text}}"),
    ("Judge {{text}}.", "Judge {{", "{text}}"),
    ("Judge {{text}}.", "Judge {{text}}", "}"),
    ("Judge {{{text}}}.", "Judge {{{", "{text}}}"),
    ("Use 12 words.", "Use 1", "3 words"),
    ("Use 3.5 words.", "Use 3", " words"),
    ("Say \"yes\".", "Say \"ye", "t\""),
    ("Say \"yes\".", "Say \"yes", " please\""),
    ("Say “yes”.", "Say “", "no”"),
    ("Write it in 3 lines", "\n10", "0. a"),
  ])
  func aSpanThatChangesIsRefused(original: String, written: String, rest: String) {
    let found = follow(written + rest, original)
    #expect(!found.ends && written.hasPrefix(found.written))
  }

  /// The first byte of a character that no span goes on with would lead nowhere.
  @Test(arguments: [
    ("Judge {{text}}.", "{{", ["t"]), ("{{文}}", "{{", ["文"]), ("{{{文}}}", "{{", ["文", "{"]),
    ("Say “好”. Not “坏”.", "“", ["好", "坏"]), ("Say “好”.", "“好", ["”"]),
  ])
  func onlyBytesThatLeadOnAreAllowed(original: String, written: String, next: [String]) {
    var constraint = constraint(original)
    for token in tokenizer.encode(written) { constraint.append(token, remaining: 1000) }
    let allowed = constraint.allowedTokens().map { tokenizer.bytes(of: $0) }
    #expect(!allowed.isEmpty)
    for bytes in allowed {
      #expect(
        next.contains { Array($0.utf8).starts(with: bytes) || bytes.starts(with: $0.utf8) })
    }
  }

  @Test func theEndWaitsForWhatIsOpen() {
    let original = "Judge {{text}} in 12 words: \"a fine day\""
    for (text, ends) in [
      ("Judge it", true), ("Judge {{te", false), ("Judge {{text}}", true), ("Use 1", false),
      ("Use 12", true), ("Say \"a fi", false), ("Say \"a fine day\"", true), ("", true),
    ] {
      let found = follow(text, original)
      #expect(found.written == text && found.ends == ends, "\(text)")
    }
    #expect(follow("Use 1", "Use 1 or 12.").ends)
  }

  /// Weights are random: without the constraint hardly anything survives.
  @Test(arguments: [Float(0), 1])
  func whateverARewriterWrites(temperature: Float) {
    let model = Transformer(
      TransformerConfiguration(
        vocabularySize: tokenizer.vocabularySize, width: 24, layers: 1, heads: 2, keyValueHeads: 2,
        feedForward: 20, maximumLength: 160))
    model.parameters.drawWeights(seed: 4)
    let originals = [
      "Judge {{text}}: good or bad?", "Use 12 words for \"{{text}}\".", "Is it good?",
      "Say “yes” or “no” to {{a}} and {{b}}.", "请判断{{text}}。", "1. Read {{x}}\n2. Say 3.5.",
    ]
    let prompts = originals.map { tokenizer.encode($0) }
    for seed in 0..<UInt64(8) {
      func results(_ isConstrained: Bool) -> [GenerationResult] {
        model.generate(
          zip(originals, prompts).map { original, prompt in
            GenerationRequest(
              prompt: prompt, maximumNewTokens: 80, temperature: temperature, seed: seed,
              constraint: isConstrained ? constraint(original) : nil)
          }, endToken: end)
      }
      for ((original, free), result) in zip(zip(originals, results(false)), results(true)) {
        let text = tokenizer.decode(result.tokens)
        let (expected, found) = (ProtectedSpans(of: original), ProtectedSpans(of: text))
        for (name, count) in found.placeholders {
          #expect(count <= expected.placeholders[name, default: 0])
        }
        let isRight =
          free.ended
          && Self.guards.violation(
            original: original, rewritten: tokenizer.decode(free.tokens)) == nil
        if isRight { #expect(result == free) }
      }
    }
  }

  /// What is open is completed while there is room, however slowly it is written.
  @Test func theEndComesBeforeTheLimit() throws {
    let needed = tokenizer.encode("text}}").count + 1
    for limit in needed..<20 {
      var constraint = constraint("Judge {{text}}: good or bad?")
      var tokens = tokenizer.encode("Judge {{")
      for token in tokens { constraint.append(token, remaining: limit) }
      for left in (0..<limit).reversed() {
        let token = try #require(
          constraint.allowedTokens().min { length(of: $0) < length(of: $1) })
        if token == end { break }
        tokens.append(token)
        constraint.append(token, remaining: left)
      }
      #expect(constraint.allowedTokens() == [end])
      #expect(ProtectedSpans(of: tokenizer.decode(tokens)).placeholders == ["{{text}}": 1])
    }
  }

  /// Bytes of a token; the end is longer than any other.
  private func length(of token: Int32) -> Int {
    token == end ? .max : tokenizer.bytes(of: token).count
  }

  @Test func beamsHoldTheSpans() {
    let model = Transformer(
      TransformerConfiguration(
        vocabularySize: tokenizer.vocabularySize, width: 24, layers: 1, heads: 2, keyValueHeads: 2,
        feedForward: 20, maximumLength: 100))
    model.parameters.drawWeights(seed: 4)
    let original = "Judge {{text}}: good or bad?"
    let request = BeamSearchRequest(
      prompt: tokenizer.encode(original), maximumNewTokens: 50, beams: 3, best: 3,
      constraint: constraint(original))
    for result in model.beamSearch([request], endTokens: [end])[0] {
      let found = ProtectedSpans(of: tokenizer.decode(result.tokens)).placeholders
      #expect(found.isEmpty || found == ["{{text}}": 1])
    }
  }
}
