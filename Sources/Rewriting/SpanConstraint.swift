import LanguageModels
import Tokenizers

/// Lets a rewriter only copy the protected spans of a prompt.
///
/// A placeholder, and while numbers or quoted texts of the original are missing a number or a
/// quotation, that has begun can only become one of the original's; nothing ends within. Where the
/// length limit comes near, what is open is completed and the text ends. All of this is ours (O). It
/// is a help, not a proof: it asks for no span, and the guards have the last word.
public struct SpanConstraint: TokenConstraint {
  /// What the rewriter's tokens are; made once for all prompts.
  public struct Vocabulary: Sendable {
    let tokenizer: Tokenizer
    let endTokens: [Int32]
    let trie: VocabularyTrie

    /// - Precondition: There is an end token.
    public init(_ tokenizer: Tokenizer, endTokens: [Int32]) {
      precondition(!endTokens.isEmpty, "constraint: no end token")
      self.tokenizer = tokenizer
      self.endTokens = endTokens.sorted()
      trie = VocabularyTrie(tokenizer)
    }
  }

  private let vocabulary: Vocabulary
  private let spans: ProtectedSpans
  private let placeholders: [String]
  private var rules: SpanRules
  private var writer: SpanWriter
  private var bytes: [UInt8] = []
  /// What has to be written before the end, where the limit is near.
  private var forced: ArraySlice<Int32>?

  /// The constraint on rewrites of one prompt, before their first token.
  public init(original: String, vocabulary: Vocabulary) {
    self.vocabulary = vocabulary
    spans = ProtectedSpans(of: original)
    placeholders = spans.placeholders.keys.sorted()
    rules = SpanRules(
      placeholders: placeholders.map { Array($0.unicodeScalars) },
      longestBraceRun: BraceRun.limit(for: original))
    writer = SpanWriter(remaining: [])
    update()
  }

  /// Whether the rewrite may go on with a token.
  public func allows(_ token: Int32) -> Bool {
    let isEnd = vocabulary.endTokens.contains(token)
    if let forced { return forced.isEmpty ? isEnd : token == forced.first }
    if isEnd { return writer.isWhole && writer.completion(rules) == "" }
    let new = vocabulary.tokenizer.bytes(of: token)
    var writer = writer
    return !new.isEmpty && new.allSatisfy { writer.write($0, rules) }
  }

  /// All tokens that the rewrite may go on with.
  public func allowedTokens() -> [Int32] {
    if let forced { return forced.first.map { [$0] } ?? vocabulary.endTokens }
    let tokens = vocabulary.trie.tokens(from: writer) { $0.write($1, rules) }
    return tokens.isEmpty ? vocabulary.endTokens : tokens
  }

  /// What may follow does not depend on what was refused.
  public func refuse(_ token: Int32) {}

  /// Follows a token of the rewrite.
  public mutating func append(_ token: Int32, remaining: Int) {
    if forced != nil {
      forced?.removeFirst()
      return
    }
    let new = vocabulary.tokenizer.bytes(of: token)
    bytes += new
    for byte in new { _ = writer.write(byte, rules) }
    if writer.hasCompleted { update() }
    endInTime(remaining)
  }

  /// Forces the end where what is open and the end take all tokens that are left.
  private mutating func endInTime(_ remaining: Int) {
    guard writer.isWhole, let rest = writer.completion(rules) else { return }
    let tokens = vocabulary.tokenizer.encode(rest)
    // What is open may take a token or two more than it seemed to before.
    let needed = tokens.isEmpty ? 1 : tokens.count + 3
    if needed >= remaining, tokens.count < remaining { forced = tokens[...] }
  }

  /// Reads what the text has so far, after a span.
  private mutating func update() {
    let found = ProtectedSpans(of: String(decoding: bytes, as: UTF8.self))
    writer.remaining = placeholders.map {
      spans.placeholders[$0, default: 0] - found.placeholders[$0, default: 0]
    }
    writer.hasCompleted = false
    let hasNumbers = Set(spans.numbers).isSubset(of: found.numbers)
    rules.numbers = hasNumbers ? nil : spans.numbers.map { Array($0.unicodeScalars) }
    let hasQuotes = Set(spans.quotes).isSubset(of: found.quotes + spans.labels)
    rules.quotes =
      hasQuotes
      ? nil : (spans.quotes + spans.labels + placeholders).map { Array($0.unicodeScalars) }
  }
}
