/// How an answer is scored against its references.
///
/// Of several references the best counts, as in the reference implementations.
public enum Metric: String, Codable, Sendable, CaseIterable {
  /// 1 where answer and reference are the same label: see `isSameLabel(_:_:)`.
  case accuracy
  /// Accuracy for a single answer; for a set of answers `ClassificationReport.macroF1`.
  case macroF1
  /// Accuracy for a single answer; for a set of answers `ClassificationReport.matthews`.
  case matthews
  /// SQuAD's exact match: see `squadExactMatch(_:reference:)`.
  case exactMatch
  /// SQuAD's F1 over the words: see `squadF1(_:reference:)`.
  case f1
  /// ROUGE-1 F-measure: see `rougeNFMeasure(_:reference:n:)`.
  case rouge1
  /// ROUGE-2 F-measure: see `rougeNFMeasure(_:reference:n:)`.
  case rouge2
  /// ROUGE-L F-measure: see `rougeLFMeasure(_:reference:)`.
  case rougeL

  /// Whether an answer is right or wrong by the label that it names.
  public var comparesLabels: Bool {
    switch self {
    case .accuracy, .macroF1, .matthews: true
    case .exactMatch, .f1, .rouge1, .rouge2, .rougeL: false
    }
  }

  /// The score of `answer` in 0...1: the best over the references, 0 without any.
  ///
  /// Macro-F1 and Matthews' correlation are of whole sets, and cannot be averaged from single
  /// answers; candidates that race on a few examples are told apart by accuracy.
  public func score(_ answer: String, references: [String]) -> Double {
    references.map { score(answer, reference: $0) }.max() ?? 0
  }

  private func score(_ answer: String, reference: String) -> Double {
    switch self {
    case .accuracy, .macroF1, .matthews: isSameLabel(answer, reference) ? 1 : 0
    case .exactMatch: squadExactMatch(answer, reference: reference)
    case .f1: squadF1(answer, reference: reference)
    case .rouge1: rougeNFMeasure(answer, reference: reference, n: 1)
    case .rouge2: rougeNFMeasure(answer, reference: reference, n: 2)
    case .rougeL: rougeLFMeasure(answer, reference: reference)
    }
  }

  /// The score of a set of answers: macro-F1 or Matthews' correlation of the whole set, for other
  /// metrics the mean of the single scores; 0 without any.
  ///
  /// - Parameters:
  ///   - predicted: The answers, nil where there is none.
  ///   - references: The references of each. Where several labels are right, an answer that is one
  ///     of them is compared with itself, any other with the first.
  ///   - labels: The label words. Another answer is none; another reference is left out of macro-F1
  ///     and Matthews' correlation together with its answer.
  /// - Precondition: There are as many answers as lists of references.
  public func setScore(
    _ predicted: [String?], references: [[String]], labels: [String]
  ) -> Double {
    precondition(
      predicted.count == references.count,
      "setScore: \(predicted.count) answers to \(references.count) questions")
    switch self {
    case .macroF1: return report(predicted, references, labels).macroF1
    case .matthews: return report(predicted, references, labels).matthews
    default:
      if predicted.isEmpty { return 0 }
      let scores = zip(predicted, references).map { answer, references in
        answer.map { score($0, references: references) } ?? 0
      }
      return scores.reduce(0, +) / Double(scores.count)
    }
  }

  private func report(
    _ predicted: [String?], _ references: [[String]], _ labels: [String]
  ) -> ClassificationReport {
    let words = LabelWords(labels)
    var (answers, wanted): ([String?], [String]) = ([], [])
    for (answer, references) in zip(predicted, references) {
      let accepted = references.compactMap { words.label(named: $0) }
      guard let first = accepted.first else { continue }
      let label = answer.flatMap { words.label(named: $0) }
      answers.append(label)
      wanted.append(label.flatMap { accepted.contains($0) ? $0 : nil } ?? first)
    }
    return ClassificationReport(predicted: answers, references: wanted)
  }
}
