import Foundation
import Tasks
import Tensors

/// Replaces the words that carry a prompt's content by other words, in both texts of a pair: the
/// rewriter so learns to copy content instead of knowing it.
///
/// Ours (O). Words of held-out contents and held-out wordings are never used.
package struct ContentAugmentation {
  private let words: [String]

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
    for entry in tasks {
      for wording in entry.task.heldOut.wordings { known.remove(wording.lowercased()) }
      for prompt in entry.task.prompts where entry.task.heldOut.contents.contains(prompt.content) {
        for word in prompt.required { known.remove(word.lowercased()) }
      }
    }
    words = known.sorted()
  }

  /// Both texts with each required word replaced by the same other word.
  package func replaced(
    _ texts: [String], required: [String], using random: inout SplitMix64
  ) -> [String] {
    guard !words.isEmpty, !required.isEmpty else { return texts }
    var texts = texts
    for word in required {
      let other = newWord(using: &random)
      texts = texts.map { replaced(word, with: other, in: $0) }
    }
    return texts
  }

  /// A word of the examples, or one made of syllables that no vocabulary has.
  func newWord(using random: inout SplitMix64) -> String {
    if Bool.random(using: &random) { return words[Int.random(in: 0..<words.count, using: &random)] }
    let (onsets, nuclei) = (Array("bcdfghjklmnprstvwz"), Array("aeiou"))
    return (0..<Int.random(in: 2...3, using: &random)).map { _ in
      let onset = onsets[Int.random(in: 0..<onsets.count, using: &random)]
      return String([onset, nuclei[Int.random(in: 0..<nuclei.count, using: &random)]])
    }.joined()
  }

  /// `text` with every occurrence of `word` between word boundaries replaced.
  func replaced(_ word: String, with other: String, in text: String) -> String {
  func isWord(_ character: Character?) -> Bool { character?.isLetter == true || character == "_" }
  var result = ""
  var rest = text[...]
  while let range = rest.range(of: word) {
    let before = range.lowerBound == text.startIndex ? nil : text[text.index(before: range.lowerBound)]
    let after = range.upperBound == text.endIndex ? nil : text[range.upperBound]
    let isWhole = !isWord(before) && !isWord(after) && before != "{" && after != "}"
    result += rest[..<range.lowerBound] + (isWhole ? other : word)
    rest = rest[range.upperBound...]
  }
  return result + rest
}
}
