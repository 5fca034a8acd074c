import Tasks

/// Why a candidate was dropped.
public enum CandidateRejection: String, Codable, Sendable, CaseIterable {
  /// It is the original or an earlier candidate, case and whitespace aside.
  case duplicate
  /// Its placeholders are not those of the original, each as often.
  case placeholders
  /// A word that carries the content is missing.
  case requiredWord
  /// It is too short for its original.
  case tooShort
  /// It is too long for its original.
  case tooLong
  /// It has a wording that is kept out of training.
  case heldOutWording
  /// It is nearly the same as a text that is kept out of training.
  case nearHeldOut
  /// It is nearly the same as the original or an earlier candidate.
  case nearDuplicate
}

/// What is kept out of training, in the form that candidates are checked against.
public struct HeldOutTexts: Sendable {
  private let wordings: [String]
  private let isNearHeldOut: @Sendable (String) -> Bool

  /// Held-out phrases (found in any case, at word boundaries, punctuation aside) and a check for
  /// near-duplicates of held-out texts.
  public init(
    wordings: [String] = [], isNearHeldOut: @escaping @Sendable (String) -> Bool = { _ in false }
  ) {
    self.wordings = wordings.map(normalForm).filter { !$0.isEmpty }.map { " \($0) " }
    self.isNearHeldOut = isNearHeldOut
  }

  /// Whether `text` has a held-out phrase.
  public func hasWording(in text: String) -> Bool {
    if wordings.isEmpty { return false }
    let text = " \(normalForm(text)) "
    return wordings.contains { text.contains($0) }
  }

  /// Whether `text` is nearly a held-out text.
  public func isNear(_ text: String) -> Bool { isNearHeldOut(text) }
}

/// The one gate for candidates of an original prompt, whatever made them.
///
/// Candidates are first brought into one form (composed Unicode, line feeds, no blanks at the ends of
/// lines; without the code fences, quotation marks and lead-ins that language models put around what
/// they write). Every reason for dropping one is counted.
public struct CandidateFilter: Sendable {
  /// What the gate says to a candidate.
  public enum Verdict: Equatable, Sendable {
    /// It passes, in this final form.
    case accepted(String)
    /// It is dropped.
    case rejected(CandidateRejection)
  }

  private let form: CandidateText
  private let original: String
  private let fields: [String]
  private let required: [RequiredWord]
  private let limits: CandidateLimits
  private let heldOut: HeldOutTexts
  private var seen: Set<String> = []
  private var likenesses: NearDuplicateIndex?
  /// How many candidates were dropped for each reason.
  public private(set) var rejections: [CandidateRejection: Int] = [:]

  /// A gate for candidates of `original` that have to keep the words `required`.
  ///
  /// - Parameter earlier: Candidates that there are already.
  public init(
    original: String, required: [String], limits: CandidateLimits, heldOut: HeldOutTexts,
    earlier: [String] = []
  ) {
    form = CandidateText(original: original)
    self.original = original
    self.required = required.map(RequiredWord.init)
    self.limits = limits
    self.heldOut = heldOut
    fields = placeholders(in: original).sorted()
    likenesses = limits.nearDuplicateThreshold.map { NearDuplicateIndex(threshold: $0) }
    for text in [original] + earlier { remember(text) }
  }

  /// The candidate in its final form, if it passes; a second time it does not.
  public mutating func accept(_ candidate: String) -> String? {
    guard case .accepted(let text) = check(candidate) else { return nil }
    return text
  }

  /// Whether the candidate passes, and why not; a second time it does not.
  public mutating func check(_ candidate: String) -> Verdict {
    let text = form.normalized(candidate)
    if let reason = rejection(of: text) {
      rejections[reason, default: 0] += 1
      return .rejected(reason)
    }
    remember(text)
    return .accepted(text)
  }

  private mutating func remember(_ text: String) {
    seen.insert(folded(text))
    likenesses?.insert(text)
  }

  private func rejection(of text: String) -> CandidateRejection? {
    if seen.contains(folded(text)) { return .duplicate }
    if placeholders(in: text).sorted() != fields { return .placeholders }
    let length = Double(text.count)
    if text.isEmpty || length < limits.minimumLengthRatio * Double(original.count) {
      return .tooShort
    }
    if length > limits.maximumLengthRatio * Double(original.count) { return .tooLong }
    if !hasRequiredWords(text) { return .requiredWord }
    if heldOut.hasWording(in: text) { return .heldOutWording }
    if heldOut.isNear(text) { return .nearHeldOut }
    return likenesses?.contains(text) == true ? .nearDuplicate : nil
  }

  private func hasRequiredWords(_ text: String) -> Bool {
    if required.isEmpty { return true }
    let normal = " \(normalForm(text)) "
    return required.allSatisfy { $0.stands(in: text, normal: normal) }
  }
}

/// A word that must stand in a text between word boundaries, in any case; one without letters and
/// digits, such as "+", anywhere.
struct RequiredWord: Sendable {
  private let word: String
  private let normal: String

  init(_ word: String) {
    self.word = word
    normal = normalForm(word)
  }

  /// Whether it stands in `text`, whose normal form between two spaces is `other`.
  func stands(in text: String, normal other: String) -> Bool {
    normal.isEmpty ? text.contains(word) : other.contains(" \(normal) ")
  }
}

/// `text` without regard to case and whitespace.
func folded(_ text: String) -> String {
  text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
}
