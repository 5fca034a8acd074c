import Foundation
import Tasks
import Tensors

/// Replaces the words that carry a prompt's content by other words, in both texts of a pair: the
/// rewriter so learns to copy content instead of knowing it.
///
/// Ours (O). Held-out wordings are never used, nor words that carry the content of any prompt: the
/// result could otherwise be an evaluated prompt.
package struct ContentAugmentation {
  private let words: [String]
  private let forbidden: Set<String>

  /// Takes its words from the training examples' fields.
  package init(_ tasks: [SplitTask]) {
    var known: Set<String> = []
    for entry in tasks {
      for example in entry.task.examples where example.split == .train {
        for text in example.fields.values {
          for word in text.split(whereSeparator: { !$0.isLetter }) where word.count > 2 {
            known.insert(word.lowercased())
          }
        }
      }
    }
    forbidden = Set(
      tasks.flatMap { entry in
        (entry.task.heldOut.wordings + entry.task.prompts.flatMap(\.required))
          .map { $0.lowercased() }
      })
    words = known.subtracting(forbidden).sorted()
  }

  /// Both texts with each required word replaced by the same other word.
  package func replaced(
    _ texts: [String], required: [String], using random: inout SplitMix64
  ) -> [String] {
    guard !words.isEmpty, !required.isEmpty else { return texts }
    var texts = texts
    var used = Set(required)
    for word in required {
      var other = newWord(using: &random)
      while !used.insert(other).inserted { other = newWord(using: &random) }
      texts = texts.map { replaced(word, with: other, in: $0) }
    }
    return texts
  }

  /// A word of the examples, one made of syllables, or letters in any order: copying has to work for
  /// every piece that a tokenizer cuts words into.
  func newWord(using random: inout SplitMix64) -> String {
    var word = drawWord(using: &random)
    while word.isEmpty || forbidden.contains(word) { word = drawWord(using: &random) }
    return word
  }

  private func drawWord(using random: inout SplitMix64) -> String {
    switch Int.random(in: 0..<3, using: &random) {
    case 0: return words.randomElement(using: &random) ?? ""
    case 1:
      return (0..<Int.random(in: 1...3, using: &random)).map { _ in
        [Self.onsets, Self.nuclei, Self.codas].map { $0.randomElement(using: &random) ?? "" }
          .joined()
      }.joined()
    default:
      let letters = Array("abcdefghijklmnopqrstuvwxyz")
      return String(
        (0..<Int.random(in: 2...8, using: &random)).map { _ in
          letters[Int.random(in: 0..<letters.count, using: &random)]
        })
    }
  }

  private static let onsets = [
    "", "b", "br", "c", "ch", "cl", "d", "dr", "f", "fl", "g", "gr", "h", "j", "k", "l", "m", "n",
    "p", "pl", "qu", "r", "s", "sh", "sp", "st", "t", "th", "tr", "v", "w", "z",
  ]
  private static let nuclei = ["a", "e", "i", "o", "u", "y", "ai", "ea", "ee", "oo", "ou"]
  private static let codas = [
    "", "", "", "ck", "d", "ff", "g", "ll", "m", "n", "nd", "ng", "pp", "r", "ry", "s", "st", "t",
    "th", "x",
  ]

  /// `text` with every occurrence of `word` between word boundaries replaced.
  func replaced(_ word: String, with other: String, in text: String) -> String {
    func isWord(_ character: Character?) -> Bool { character?.isLetter == true || character == "_" }
    var result = ""
    var rest = text[...]
    while let range = rest.range(of: word) {
      let before =
        range.lowerBound == text.startIndex ? nil : text[text.index(before: range.lowerBound)]
      let after = range.upperBound == text.endIndex ? nil : text[range.upperBound]
      let isWhole = !isWord(before) && !isWord(after) && before != "{" && after != "}"
      result += rest[..<range.lowerBound] + (isWhole ? other : word)
      rest = rest[range.upperBound...]
    }
    return result + rest
  }
}
