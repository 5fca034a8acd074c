import Foundation
import Pipeline
import Testing

@Suite struct StudyVerdictTests {
  /// A report of two targets, `ash` and `elm`, as `study.json` has it.
  private func report(
    lows: (Double, Double), opposite: Double, relation: String = "other",
    losses: (Double, Double) = (0.1, 0.1)
  ) throws -> StudyReport {
    func gap(_ target: String, _ low: Double) -> String {
      """
      {"a": "ash", "b": "elm", "splitHalfOf": "\(target)", "relation": "\(relation)",
       "difference": {"mean": 0.5, "low": \(low), "high": 0.7}}
      """
    }
    func loss(_ a: String, _ b: String, _ low: Double) -> String {
      """
      {"a": "\(a)", "b": "\(b)", "task": "all", "loss": 0.2, "low": \(low), "high": 0.3}
      """
    }
    let json = """
      {"scores": [], "distributions": [], "verdict": "", "groups": 2, "groupsLeftOut": 0, "seed": 1,
       "split": "dev", "examples": 40, "halvings": 2, "resamples": 20,
       "kendallTau": [{"a": "ash", "b": "elm", "task": "all", "relation": "\(relation)", "tau": 0.3,
         "low": 0.2, "high": 0.4, "tauOnAllExamples": 0.35, "oppositePairs": \(opposite),
         "groups": 2, "prompts": 40}],
       "belowSplitHalf": [\(gap("ash", lows.0)), \(gap("elm", lows.1))],
       "bestPromptLoss": [\(loss("ash", "elm", losses.0)), \(loss("elm", "ash", losses.1))]}
      """
    return try JSONDecoder().decode(StudyReport.self, from: Data(json.utf8))
  }

  private static let taus =
    "τ between them is 0.30 (0.20 to 0.40), and between two halves of one "
    + "target's examples 0.80 for ash and 0.80 for elm"

  @Test func aClearDifference() throws {
    let text = StudyVerdict(try report(lows: (0.41, 0.32), opposite: 0.123)).text
    #expect(
      text.hasPrefix(
        "ash and elm rank the prompts differently: \(Self.taus); it is at least 0.41 below that of "
          + "ash and 0.32 below that of elm (the lower ends of the 95 % intervals), and 12.3 % of the "
          + "pairs of prompts are clearly in opposite order. Given ash's best prompt instead of its "
          + "own, elm loses 0.20 (0.10 to 0.30) in score. "))
    #expect(text.contains("79 to 93"))
  }

  @Test func noDifference() throws {
    let report = try report(lows: (0.1, -0.02), opposite: 0.1, losses: (-0.1, 0.1))
    let text = StudyVerdict(report).text
    #expect(
      text.hasPrefix(
        "The data do not show that ash and elm rank the prompts differently: \(Self.taus); the "
          + "differences, 0.50 (0.10 to 0.70) for ash and 0.50 (−0.02 to 0.70) for elm, may be chance. "
          + "That elm loses anything with ash's best prompt is not shown: 0.20 (−0.10 to 0.30). "))
  }

  /// Both intervals are above 0 and both lose, as where each answers some prompts perfectly that the
  /// other tells apart: no pair of prompts is in opposite order.
  @Test func unequalTies() throws {
    let text = StudyVerdict(try report(lows: (0.1, 0.1), opposite: 0.001, relation: "twin")).text
    #expect(
      text.hasPrefix(
        "ash and elm (same diet, other seed) agree less with each other than each with itself, but it "
          + "is not shown that they rank the prompts differently: \(Self.taus), but only 0.1 % of the "
          + "pairs of prompts are clearly in opposite order. One of the two may score alike what the "
          + "other tells apart. "))
  }

  @Test func oneTargetAlone() throws {
    var report = try report(lows: (0.1, 0.1), opposite: 0.1)
    report.kendallTau = []
    #expect(StudyVerdict(report).text.hasPrefix("There is nothing to compare"))
  }
}
