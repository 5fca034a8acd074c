import Tasks

/// Why a candidate was dropped.
public enum CandidateRejection: String, Codable, Sendable, CaseIterable {
  /// It is the original or an earlier candidate.
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
}

/// What a candidate must satisfy.
public struct CandidateLimits: Codable, Equatable, Sendable {
  /// Least length, as a multiple of the original's in characters.
  public let minimumLengthRatio: Double
  /// Greatest length, as a multiple of the original's in characters.
  public let maximumLengthRatio: Double

  /// Limits of length.
  public init(minimumLengthRatio: Double, maximumLengthRatio: Double) {
    self.minimumLengthRatio = minimumLengthRatio
    self.maximumLengthRatio = maximumLengthRatio
  }
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
/// Texts are compared in a form without whitespace at the ends. Every reason for dropping one is
/// counted.
public struct CandidateFilter: Sendable {
  private let original: String
  private let fields: [String]
  private let required: [String]
  private let limits: CandidateLimits
  private let heldOut: HeldOutTexts
  private var seen: Set<String>
  /// How many candidates were dropped for each reason.
  public private(set) var rejections: [CandidateRejection: Int] = [:]

  /// A gate for candidates of `original` that have to keep the words `required`.
  public init(
    original: String, required: [String], limits: CandidateLimits, heldOut: HeldOutTexts
  ) {
    self.original = original
    self.required = required.map { " \(normalForm($0)) " }
    self.limits = limits
    self.heldOut = heldOut
    fields = placeholders(in: original).sorted()
    seen = [trimmed(original)]
  }

  /// The candidate without whitespace at its ends, if it passes; a second time it does not.
  public mutating func accept(_ candidate: String) -> String? {
    let text = trimmed(candidate)
    if let reason = rejection(of: text) {
      rejections[reason, default: 0] += 1
      return nil
    }
    seen.insert(text)
    return text
  }

  private func rejection(of text: String) -> CandidateRejection? {
    if seen.contains(text) { return .duplicate }
    if placeholders(in: text).sorted() != fields { return .placeholders }
    let length = Double(text.count)
    if length < limits.minimumLengthRatio * Double(original.count) { return .tooShort }
    if length > limits.maximumLengthRatio * Double(original.count) { return .tooLong }
    if !required.isEmpty {
      let normal = " \(normalForm(text)) "
      if !required.allSatisfy({ normal.contains($0) }) { return .requiredWord }
    }
    if heldOut.hasWording(in: text) { return .heldOutWording }
    return heldOut.isNear(text) ? .nearHeldOut : nil
  }
}

private func trimmed(_ text: String) -> String {
  var text = text.drop(while: \.isWhitespace)
  while text.last?.isWhitespace == true { text.removeLast() }
  return String(text)
}
