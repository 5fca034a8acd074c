import Tasks
import Testing

@Suite struct MetricSetTests {
  private struct Golden: Decodable {
    struct Row: Decodable {
      let predicted: [String?]
      let references: [String]
      let accuracy: Double
      let macroF1: Double
      let matthews: Double
    }
    let rows: [Row]
  }

  @Test func agreesWithScikitLearn() throws {
    let rows = try golden("classification.json", as: Golden.self).rows
    #expect(rows.count > 300)
    for (number, row) in rows.enumerated() {
      let report = ClassificationReport(predicted: row.predicted, references: row.references)
      // Sums of a few hundred numbers in another order.
      #expect(abs(report.accuracy - row.accuracy) < 1e-12, "row \(number)")
      #expect(abs(report.macroF1 - row.macroF1) < 1e-12, "row \(number)")
      #expect(abs(report.matthews - row.matthews) < 1e-12, "row \(number)")
      #expect(report.unanswered == row.predicted.count { $0 == nil })
      #expect(report.count == row.references.count)
    }
  }

  @Test func nothingIsZero() {
    let empty = ClassificationReport(predicted: [], references: [])
    #expect([empty.accuracy, empty.macroF1, empty.matthews] == [0, 0, 0])
    let silent = ClassificationReport(predicted: [nil, nil], references: ["a", "b"])
    #expect([silent.accuracy, silent.macroF1, silent.matthews] == [0, 0, 0])
    for metric in Metric.allCases {
      #expect(metric.setScore([], references: [], labels: ["a"]) == 0)
      #expect(metric.setScore([nil], references: [["a"]], labels: ["a"]) == 0)
    }
  }

  @Test func answersAreReadAsLabels() {
    let labels = ["bad", "good"]
    let answers = ["Good.", "good", "what?", nil, "BAD"]
    let references = [["good"], ["bad"], ["bad"], ["good"], ["good", "bad"]]
    let report = ClassificationReport(
      predicted: ["good", "good", nil, nil, "bad"],
      references: ["good", "bad", "bad", "good", "bad"])
    func score(_ metric: Metric) -> Double {
      metric.setScore(answers, references: references, labels: labels)
    }
    #expect(score(.accuracy) == 0.4)
    #expect(score(.accuracy) == report.accuracy)
    #expect(score(.macroF1) == report.macroF1)
    #expect(score(.matthews) == report.matthews)
    #expect(
      Metric.macroF1.setScore(["good", "x"], references: [["good"], ["x"]], labels: labels) == 1)
  }

  @Test func otherMetricsAreMeans() {
    let score = Metric.f1.setScore(
      ["red cat", nil, "blue"], references: [["cat"], ["cat"], ["blue", "red"]], labels: [])
    #expect(abs(score - (2.0 / 3 + 0 + 1) / 3) < 1e-12)
  }

  @Test func unequalCountsStop() async {
    await #expect(processExitsWith: .failure) {
      _ = Metric.macroF1.setScore(["a"], references: [], labels: ["a"])
    }
    await #expect(processExitsWith: .failure) {
      _ = ClassificationReport(predicted: ["a"], references: [])
    }
  }
}
