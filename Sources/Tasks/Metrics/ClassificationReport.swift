/// How the answers to a set of questions compare with the labels they should be.
///
/// "No answer" is a class of its own that is never right: it counts against accuracy, recall and
/// Matthews' correlation, but is no label that an F1 is averaged over. Without such answers the
/// numbers are those of scikit-learn.
public struct ClassificationReport: Equatable, Sendable {
  /// How often a label came and should have come.
  public struct Counts: Equatable, Sendable {
    /// Answers of this label that are right.
    public internal(set) var correct = 0
    /// Answers of this label.
    public internal(set) var predicted = 0
    /// Questions whose reference is this label.
    public internal(set) var actual = 0

    /// 2 · correct / (predicted + actual), the harmonic mean of precision and recall; 0 where the
    /// label neither came nor should have.
    public var f1: Double {
      predicted + actual == 0 ? 0 : 2 * Double(correct) / Double(predicted + actual)
    }
  }

  /// The counts of every label that is an answer or a reference.
  public private(set) var counts: [String: Counts] = [:]
  /// Questions without an answer.
  public private(set) var unanswered = 0

  /// Compares answers, nil where there is none, with their references.
  ///
  /// - Precondition: There are as many of one as of the other.
  public init(predicted: [String?], references: [String]) {
    precondition(
      predicted.count == references.count,
      "ClassificationReport: \(predicted.count) answers to \(references.count) questions")
    for (answer, reference) in zip(predicted, references) {
      counts[reference, default: Counts()].actual += 1
      guard let answer else {
        unanswered += 1
        continue
      }
      counts[answer, default: Counts()].predicted += 1
      if answer == reference { counts[answer, default: Counts()].correct += 1 }
    }
  }

  /// Questions.
  public var count: Int { counts.values.reduce(0) { $0 + $1.actual } }

  /// Questions that are answered right.
  public var correct: Int { counts.values.reduce(0) { $0 + $1.correct } }

  /// Share of the questions that are answered right; 0 without questions.
  public var accuracy: Double { count == 0 ? 0 : Double(correct) / Double(count) }

  /// Mean F1 of the labels that are answers or references; 0 without any.
  ///
  /// Source: scikit-learn's `f1_score(average="macro")`, which averages over the same labels.
  public var macroF1: Double {
    if counts.isEmpty { return 0 }
    let sum = counts.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value.f1 }
    return sum / Double(counts.count)
  }

  /// Matthews' correlation of answers and references, in −1...1.
  ///
  ///     (c·s − Σₖ pₖtₖ) / √((s² − Σₖ pₖ²)(s² − Σₖ tₖ²))
  ///
  /// with s questions, c of them answered right, class k answered pₖ and wanted tₖ times. 0 where
  /// all answers or all references are one class.
  ///
  /// Source: Matthews 1975; for more than two classes Gorodkin 2004, "Comparing two K-category
  /// assignments by a K-category correlation coefficient"; scikit-learn's `matthews_corrcoef`.
  public var matthews: Double {
    let questions = Double(count)
    var (both, predicted, actual) = (0.0, Double(unanswered) * Double(unanswered), 0.0)
    for label in counts.values {
      both += Double(label.predicted) * Double(label.actual)
      predicted += Double(label.predicted) * Double(label.predicted)
      actual += Double(label.actual) * Double(label.actual)
    }
    let square = questions * questions
    guard square > predicted, square > actual else { return 0 }
    return (Double(correct) * questions - both)
      / ((square - predicted).squareRoot() * (square - actual).squareRoot())
  }
}
