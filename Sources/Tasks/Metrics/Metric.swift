/// How an answer is scored against its references.
public enum Metric: String, Codable, Sendable, CaseIterable {
  /// 1 where answer and reference are the same label: see `isSameLabel(_:_:)`.
  case accuracy
  /// SQuAD's exact match: see `squadExactMatch(_:reference:)`.
  case exactMatch
  /// SQuAD's F1 over the words: see `squadF1(_:reference:)`.
  case f1
  /// ROUGE-L F-measure: see `rougeLFMeasure(_:reference:)`.
  case rougeL

  /// The score of `answer` in 0...1: the best over the references, 0 without any.
  public func score(_ answer: String, references: [String]) -> Double {
    references.map { score(answer, reference: $0) }.max() ?? 0
  }

  private func score(_ answer: String, reference: String) -> Double {
    switch self {
    case .accuracy: isSameLabel(answer, reference) ? 1 : 0
    case .exactMatch: squadExactMatch(answer, reference: reference)
    case .f1: squadF1(answer, reference: reference)
    case .rougeL: rougeLFMeasure(answer, reference: reference)
    }
  }
}
