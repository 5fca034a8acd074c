/// The checks that every rewrite passes before it is used; on a violation the original is kept.
///
/// Placeholders, quoted texts, numbers and label words survive, one prompt comes out without an
/// answer or commentary, and it is not much longer than the original. How label words are introduced
/// may change. All of this is ours (O): the MAPO paper asks its generator to keep the meaning and
/// checks nothing. A text checked against itself never violates while the ratio is 1 or more
/// and `required` asks for nothing that it lacks.
public struct Guards: Sendable, Codable, Equatable {
  /// The longest rewrite, as a multiple of the original's characters.
  public var maximumLengthRatio: Double
  /// Characters allowed on top of that, so that short prompts have room.
  public var extraCharacters: Int

  /// Makes guards with a bound on length.
  public init(maximumLengthRatio: Double, extraCharacters: Int) {
    self.maximumLengthRatio = maximumLengthRatio
    self.extraCharacters = extraCharacters
  }

  /// Why a prompt is returned as it is, without asking the rewriter; `nil` where it can be rewritten.
  public static func reasonToKeep(_ prompt: String) -> GuardViolation? {
    if isEmpty(prompt) { return .nothingToRewrite }
    return containsOnlyPlaceholders(prompt) ? .onlyPlaceholders : nil
  }

  /// Whether a prompt has nothing but white space.
  public static func isEmpty(_ prompt: String) -> Bool {
    prompt.unicodeScalars.allSatisfy(\.properties.isWhitespace)
  }

  /// Whether a prompt has a placeholder and no word beside placeholders.
  public static func containsOnlyPlaceholders(_ prompt: String) -> Bool {
    let tokens = PromptScanner.tokens(of: prompt)
    let hasPlaceholder = tokens.contains { token in
      if case .placeholder = token { true } else { false }
    }
    return hasPlaceholder && !tokens.contains { $0.word != nil }
  }

  /// The first rule that a rewrite breaks; `nil` where it may be used.
  ///
  /// - Parameters:
  ///   - original: The prompt as the user wrote it.
  ///   - rewritten: The candidate.
  ///   - required: Words of the original's content that the caller knows of; each must occur.
  public func violation(
    original: String, rewritten: String, required: [String] = []
  ) -> GuardViolation? {
    if Self.isEmpty(rewritten) { return Self.isEmpty(original) ? nil : .empty }
    let spans = ProtectedSpans(of: original)
    return lengthViolation(original, rewritten)
      ?? controlViolation(original, rewritten)
      ?? spanViolation(spans, in: rewritten, required: required)
      ?? braceViolation(original, rewritten)
      ?? Commentary.violation(
        original: original, rewritten: rewritten, labels: spans.labels + required)
  }

  private func lengthViolation(_ original: String, _ rewritten: String) -> GuardViolation? {
    let limit = longest(from: original.count)
    return rewritten.count > limit ? .tooLong(characters: rewritten.count, limit: limit) : nil
  }

  /// The longest that can come of this length.
  func longest(from count: Int) -> Int {
    let scaled = maximumLengthRatio * Double(count)
    // In this order what is not a number becomes 0: a broken bound lets nothing pass.
    return Int(min(max(0, scaled + Double(extraCharacters)), 1e9))
  }

  /// Characters that the original has itself are the user's business.
  private func controlViolation(_ original: String, _ rewritten: String) -> GuardViolation? {
    func isControl(_ scalar: Unicode.Scalar) -> Bool {
      // Most text; looking a category up takes far longer.
      if (0x20..<0x7F).contains(scalar.value) { return false }
      return switch scalar.properties.generalCategory {
      case .control: !["\n", "\t", "\r"].contains(scalar)
      case .unassigned, .privateUse, .surrogate: true
      default: scalar == "\u{FFFD}"
      }
    }
    let known = Set(original.unicodeScalars.filter(isControl))
    return rewritten.unicodeScalars.first { isControl($0) && !known.contains($0) }
      .map { .controlCharacter(codePoint: $0.value) }
  }

  /// `{{{{x}}` has the placeholder, and is broken all the same.
  private func braceViolation(_ original: String, _ rewritten: String) -> GuardViolation? {
    let (length, limit) = (BraceRun.longest(in: rewritten), BraceRun.limit(for: original))
    return length > limit ? .braceRun(length: length, limit: limit) : nil
  }

  private func spanViolation(
    _ spans: ProtectedSpans, in rewritten: String, required: [String]
  ) -> GuardViolation? {
    let found = ProtectedSpans(of: rewritten)
    if let violation = placeholderViolation(spans.placeholders, found.placeholders) {
      return violation
    }
    let words = WordIndex(of: rewritten)
    if let label = spans.labels.first(where: { !words.contains($0) }) {
      return .labelMissing(label)
    }
    let labels = Set(spans.labels)
    let quotes = Set(found.quotes)
    if let quote = spans.quotes.first(where: { !quotes.contains($0) && !labels.contains($0) }) {
      return .quoteMissing(quote)
    }
    let numbers = Set(found.numbers)
    if let number = spans.numbers.first(where: { !numbers.contains($0) }) {
      return .numberMissing(number)
    }
    return required.first { !words.contains($0) }.map { .requiredWordMissing($0) }
  }

  private func placeholderViolation(
    _ expected: [String: Int], _ found: [String: Int]
  ) -> GuardViolation? {
    for (name, count) in expected.sorted(by: { $0.key < $1.key }) {
      guard let present = found[name] else { return .placeholderMissing(name) }
      if present != count {
        return .placeholderCount(name, expected: count, found: present)
      }
    }
    return found.keys.sorted().first { expected[$0] == nil }.map { .placeholderAdded($0) }
  }
}
