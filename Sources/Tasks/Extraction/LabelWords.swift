/// The label words that a prompt asks for, in the form in which answers are searched for them.
///
/// A label word is mentioned where its words follow one another in a text, in any case and with
/// anything but letters and digits between them: "not_entailment" in "Not entailment.". Words are
/// whole, so "no" is not in "none". Where several labels begin at one place the longest is meant
/// ("very positive", not "positive"), and mentions do not overlap. What a mention says of its label
/// is not understood: "isn't positive" mentions "positive".
public struct LabelWords: Sendable, Equatable {
  /// The labels as the prompt spells them.
  public let labels: [String]
  private let byName: [String: String]
  /// Labels by the first of their words, those of most words first.
  private let byFirstWord: [String: [Mention]]

  private struct Mention: Sendable, Equatable {
    let words: [String]
    let label: String
  }

  /// Labels to look for.
  public init(_ labels: [String]) {
    self.labels = labels
    byName = Dictionary(
      labels.map { (foldedLabel($0), $0) }, uniquingKeysWith: { first, _ in first })
    byFirstWord = Dictionary(grouping: labels.map { Mention(words: words(of: $0), label: $0) }) {
      $0.words.first ?? ""
    }.mapValues { mentions in mentions.sorted { $0.words.count > $1.words.count } }
  }

  /// The label that is the same as `name`: see `isSameLabel(_:_:)`.
  public func label(named name: String) -> String? { byName[foldedLabel(name)] }

  /// The labels that `text` mentions, in its order.
  public func mentions(in text: String) -> [String] {
    let found = words(of: text)
    var mentions: [String] = []
    var place = 0
    while place < found.count {
      let mention = byFirstWord[found[place]]?.first { found[place...].starts(with: $0.words) }
      if let mention { mentions.append(mention.label) }
      place += mention?.words.count ?? 1
    }
    return mentions
  }

  /// Why a mention of one label cannot be told from that of another, or found at all; nil where
  /// it can.
  public var problem: String? {
    var labelByWords: [[String]: String] = [:]
    for label in labels {
      let words = words(of: label)
      if words.isEmpty { return "label '\(label)' has no letter or digit to be mentioned by" }
      if let other = labelByWords.updateValue(label, forKey: words) {
        return "labels '\(other)' and '\(label)' are the same words, and a mention means either"
      }
    }
    return nil
  }
}
