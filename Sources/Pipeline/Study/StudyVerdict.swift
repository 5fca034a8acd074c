import Foundation
import Tasks

/// What the study shows, in plain language. A difference is only claimed where its 95 % interval says
/// so; where it does not, that is said.
struct StudyVerdict {
  let report: StudyReport

  var text: String {
    let pairs = report.kendallTau.filter { $0.task == "all" && $0.relation != .splitHalf }
    guard !pairs.isEmpty else { return nothingToCompare }
    return pairs.flatMap { [agreement($0), losses($0)] }.joined(separator: " ")
  }

  private var nothingToCompare: String {
    "There is nothing to compare: τ needs two targets, and at least five prompts of one task and "
      + "content that do not all score alike."
  }

  private func agreement(_ pair: StudyReport.Agreement) -> String {
    let gaps = report.belowSplitHalf.filter { $0.a == pair.a && $0.b == pair.b }
    let between = "τ between them is \(interval(pair.tau, pair.low, pair.high))"
    let own = gaps.map { "\(number(pair.tau + $0.mean)) for \($0.splitHalfOf)" }
      .joined(separator: " and ")
    let control = "between two halves of one target's examples it is \(own)"
    let least = gaps.map(\.low).min() ?? 0
    let names = names(pair)
    if least > 0 {
      return "\(names) rank the prompts differently: \(between), while \(control); the difference "
        + "is at least \(number(least)) (95 %)."
    }
    let differences = gaps.map {
      "\(interval($0.mean, $0.low, $0.high)) for \($0.splitHalfOf)"
    }.joined(separator: " and ")
    return "The data do not show that \(names) rank the prompts differently: \(between), and "
      + "\(control); the differences, \(differences), may be chance."
  }

  private func names(_ pair: StudyReport.Agreement) -> String {
    "\(pair.a) and \(pair.b)" + (pair.relation == .twin ? " (same diet, other seed)" : "")
  }

  private func losses(_ pair: StudyReport.Agreement) -> String {
    let losses = report.bestPromptLoss.filter {
      $0.task == "all" && Set([$0.a, $0.b]) == [pair.a, pair.b]
    }
    return losses.map { loss in
      let amount = interval(loss.loss, loss.low, loss.high)
      return loss.low > 0
        ? "Given \(loss.a)'s best prompt instead of its own, \(loss.b) loses \(amount) in score."
        : "That \(loss.b) loses anything with \(loss.a)'s best prompt is not shown: \(amount)."
    }.joined(separator: " ")
  }

  private func interval(_ mean: Double, _ low: Double, _ high: Double) -> String {
    "\(number(mean)) (\(number(low)) to \(number(high)))"
  }

  private func number(_ value: Double) -> String {
    String(format: "%.2f", abs(value) < 0.005 ? 0 : value).replacingOccurrences(of: "-", with: "−")
  }
}
