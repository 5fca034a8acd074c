import Tasks

/// Sentences that say what form an answer has.
enum AnswerForm {
  /// Most label words that a sentence lists.
  private static let mostLabels = 12

  /// That the answer is one of `labels`.
  static func choice(of labels: [String]) -> String {
    labels.count > mostLabels
      ? "Answer only with one of the labels."
      : "Answer only with \(labels.joined(separator: " or "))."
  }

  /// Sentences that the failures call for: the label words where answers are none of them, shortness
  /// where most answers have more words than was wanted.
  static func sentences(for failures: [FailedAnswer], labels: [String]) -> [String] {
    let foreign = failures.filter { failure in
      !labels.contains { folded($0) == folded(failure.answer) }
    }
    var sentences: [String] = []
    if !labels.isEmpty, 2 * foreign.count > failures.count { sentences.append(choice(of: labels)) }
    let long = failures.filter { wordCount($0.answer) > wordCount($0.expected) }
    if 2 * long.count > failures.count {
      sentences += ["Give only the answer.", "Do not explain.", "Write nothing else."]
    }
    return sentences
  }

  private static func wordCount(_ text: String) -> Int {
    text.split(whereSeparator: \.isWhitespace).count
  }
}

/// Whether `word` stands in `text` between the ends of words, in any case.
func hasWord(_ word: String, in text: String) -> Bool {
  RequiredWord(word).stands(in: text, normal: " \(normalForm(text)) ")
}
