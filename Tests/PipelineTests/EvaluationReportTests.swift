import Foundation
import Pipeline
import Tasks
import TestSupport
import Testing

/// The arithmetic of the report, on evaluations made by hand.
@Suite struct EvaluationReportTests {
  private let configuration: RunConfiguration

  init() throws {
    let world = try TinyWorld()
    configuration = try world.configuration([
      "evaluation.minimumAboveTrivial=10", "evaluation.resamples=200",
    ])
  }

  private func task(_ name: String) -> PromptTask {
    PromptTask(
      name: name, kind: .classification, metric: .accuracy, labels: ["a", "b"], description: "",
      inputField: "text", examples: [], prompts: [])
  }

  /// A prompt whose rewrite is `rewrite`, with scores of F, constant, look-up, S, M, other, control.
  private func evaluated(
    _ task: PromptTask, _ text: String, rewrite: String, _ heldOut: HeldOutKind = .family,
    kept: Bool = false, trivial: Double = 0.5, original: [Double?], lookup: [Double?],
    mapo: [Double?]
  ) -> EvaluatedPrompt {
    EvaluatedPrompt(
      task: task, prompt: Prompt(text: text, family: text, style: "s"), heldOut: heldOut,
      texts: [.original: text, .mapo: rewrite], kept: kept,
      scores: [
        .original: original, .constant: original.map { $0.map { _ in 0.25 } }, .lookup: lookup,
        .sft: original, .mapo: mapo, .other("south"): original, .control: mapo,
      ], trivial: trivial, exampleCount: original.count)
  }

  private func report(_ prompts: [EvaluatedPrompt]) -> EvaluationReport {
    EvaluationReport(
      [
        TargetEvaluation(target: "north", others: ["south"], hasControl: true, prompts: prompts)
      ], configuration)
  }

  @Test func meansAndShares() throws {
    let task = task("t")
    let report = report([
      evaluated(
        task, "A", rewrite: "X", original: [0, 0, 1, 0], lookup: [1, 1, 1, 1], mapo: [1, 1, 1, 0]),
      // The second example failed under M: it is in no difference, and never a zero.
      evaluated(
        task, "B", rewrite: "X", .wording, original: [1, 1, 1, 1], lookup: [1, 1, 1, 1],
        mapo: [0, nil, 1, 0]),
      evaluated(
        task, "C", rewrite: "C", .wording, kept: true, original: [0, 1, 0, 1],
        lookup: [0, 1, 0, 1], mapo: [0, 1, 0, 1]),
    ])
    let row = try #require(report.rows.first)
    #expect(report.rows.count == 1 && row.target == "north" && row.task == "t")
    #expect(row.kind == "classification" && row.metric == "accuracy")
    #expect(row.prompts == 3 && row.examples == 4 && row.counted && row.trivial == 0.5)
    #expect(isClose(row.original, (0.25 + 1 + 0.5) / 3))
    #expect(isClose(row.constant, 0.25))
    #expect(isClose(row.lookup, (1 + 1 + 0.5) / 3))
    #expect(isClose(row.mapo, (0.75 + 1.0 / 3 + 0.5) / 3))
    // Differences count alike: four of A, three of B, four of C.
    #expect(isClose(row.gain.mean, 0))
    #expect(isClose(row.overConstant.mean, (4 * 0.5 + 3 * (1.0 / 12) + 4 * 0.25) / 11))
    #expect(row.overSft.mean == row.gain.mean)
    for interval in [row.gain, row.overConstant, row.overSft] {
      #expect(interval.low <= interval.mean && interval.mean <= interval.high)
      #expect(interval.low < interval.high)
    }
    #expect(isClose(row.harmedAny, 1.0 / 3) && isClose(row.kept, 1.0 / 3))
    #expect(isClose(row.distinct, 2.0 / 3))

    let summary = try #require(report.summary.first)
    #expect(summary.group == "all" && summary.prompts == 3 && summary.gain.mean == row.gain.mean)
    #expect(report.heldOut.map(\.group) == ["family", "wording"])
    #expect(report.heldOut.map(\.prompts) == [1, 2])
    #expect(isClose(report.heldOut[0].gain.mean, 0.5))
    #expect(isClose(report.heldOut[1].gain.mean, -2.0 / 7))
    #expect(report.transfer.map(\.rewriterOf) == ["north", "south"])
    #expect(report.transfer.map(\.usedOn) == ["north", "north"])
    #expect(isClose(report.transfer[0].score, row.mapo))
    #expect(isClose(report.transfer[1].score, row.original))
    #expect(isClose(report.ownMinusOther.first?.mean ?? .nan, row.gain.mean))
    let control = try #require(report.ownMinusControl.first)
    #expect(control.mean == 0 && control.low == 0 && control.high == 0)
    #expect(report.seed == configuration.seed)
  }

  @Test func tasksWeighAlikeAndOnlyThoseThatCount() throws {
    let (good, small, poor) = (task("good"), task("small"), task("poor"))
    let zeros = [Double?](repeating: 0, count: 2)
    let ones = [Double?](repeating: 1, count: 2)
    var prompts = (0..<3).map {
      evaluated(good, "g\($0)", rewrite: "r\($0)", original: zeros, lookup: ones, mapo: ones)
    }
    prompts.append(
      evaluated(small, "s", rewrite: "r", original: ones, lookup: ones, mapo: ones))
    // The best known prompt is less than ten points above the trivial answer.
    prompts.append(
      evaluated(
        poor, "p", rewrite: "r", trivial: 0.95, original: zeros, lookup: ones, mapo: zeros))
    let report = report(prompts)
    #expect(report.rows.map(\.task) == ["good", "small", "poor"])
    #expect(report.rows.map(\.counted) == [true, true, false])
    let summary = try #require(report.summary.first)
    #expect(summary.prompts == 4 && summary.original == 0.5 && summary.mapo == 1)
    #expect(summary.gain == Interval(mean: 0.5, low: 0.5, high: 0.5))
    #expect(summary.distinct == 1)
  }

  @Test func significantHarmNeedsMoreThanNoise() {
    let task = task("t")
    let ones = [Double?](repeating: 1, count: 10)
    let noisy = ones.indices.map { $0 == 0 ? 0 : 1.0 as Double? }
    let bad = ones.indices.map { $0 < 7 ? 0 : 1.0 as Double? }
    let report = report([
      evaluated(task, "A", rewrite: "a", original: ones, lookup: ones, mapo: noisy),
      evaluated(task, "B", rewrite: "b", original: ones, lookup: ones, mapo: bad),
      evaluated(task, "C", rewrite: "c", original: ones, lookup: ones, mapo: ones),
      evaluated(task, "D", rewrite: "d", original: noisy, lookup: ones, mapo: ones),
    ])
    #expect(report.rows.first?.harmedAny == 0.5)
    #expect(report.rows.first?.harmedSignificant == 0.25)
  }

  @Test func aTargetWithoutACountedTaskHasNoSummary() {
    let report = report([
      evaluated(
        task("t"), "A", rewrite: "a", trivial: 1, original: [0], lookup: [0], mapo: [0])
    ])
    #expect(report.rows.count == 1)
    #expect(report.summary.isEmpty && report.heldOut.isEmpty && report.transfer.isEmpty)
    #expect(report.ownMinusOther.isEmpty && report.ownMinusControl.isEmpty)
  }

  @Test func aTargetThatNeverAnsweredHasIntervalsOfNothing() {
    let none = [Double?](repeating: nil, count: 3)
    let report = report([
      evaluated(task("t"), "A", rewrite: "a", original: none, lookup: none, mapo: none)
    ])
    #expect(report.rows.first?.counted == false)
    #expect(report.rows.first?.gain == Interval(mean: 0, low: 0, high: 0))
  }

  private func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-12 }
}
