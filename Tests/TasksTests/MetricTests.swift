import Tasks
import Testing

@Suite struct MetricTests {
  private struct Golden: Decodable {
    struct Row: Decodable {
      let answer: String
      let reference: String
      let exactMatch: Double
      let f1: Double
      let rougeL: Double
    }
    let rows: [Row]
  }

  @Test func agreesWithTheReferenceImplementations() throws {
    let rows = try golden("metrics.json", as: Golden.self).rows
    #expect(rows.count > 150)
    for row in rows {
      let pair = "'\(row.answer)' and '\(row.reference)'"
      #expect(squadExactMatch(row.answer, reference: row.reference) == row.exactMatch, "\(pair)")
      // The same few operations in Double, perhaps rounded once more.
      #expect(abs(squadF1(row.answer, reference: row.reference) - row.f1) < 1e-12, "\(pair)")
      let rouge = rougeLFMeasure(row.answer, reference: row.reference)
      #expect(abs(rouge - row.rougeL) < 1e-12, "\(pair)")
    }
  }

  @Test func bestReferenceCounts() {
    #expect(Metric.f1.score("red cat", references: ["blue", "a red cat", "red"]) == 1)
    #expect(Metric.exactMatch.score("x", references: []) == 0)
    #expect(Metric.rougeL.score("a b", references: ["c", "a c"]) == 0.5)
    #expect(Metric.accuracy.score("Good.", references: ["bad", "good"]) == 1)
  }

  @Test(arguments: [
    ("positive", "Positive", true), (" \"Very  good\".\n", "very good", true),
    ("not positive", "positive", false), ("", "no", false), ("sci/tech", "Sci/Tech", true),
    ("the cat", "cat", false),
  ])
  func labels(answer: String, reference: String, same: Bool) {
    #expect(isSameLabel(answer, reference) == same)
  }

  @Test func trivialAnswers() {
    func task(_ kind: TaskKind, _ metric: Metric, _ rows: [(String, [String])]) -> PromptTask {
      PromptTask(
        name: "t", kind: kind, metric: metric, labels: ["0", "1"], description: "",
        inputField: "text",
        examples: rows.enumerated().map {
          Example(
            id: "\($0)", split: .test, fields: ["text": $1.0], answers: ["reference": $1.1])
        },
        prompts: [Prompt(text: "p", family: "f", style: "s", labels: ["0": "bad"])])
    }
    let rows = [("a", ["0"]), ("b", ["1"]), ("c", ["0"]), ("d", ["0"]), ("e", [])]
    let labels = task(.classification, .accuracy, rows)
    #expect(labels.trivialScore(for: labels.prompts[0], examples: labels.examples) == 0.75)
    #expect(labels.trivialScore(for: labels.prompts[0], examples: []) == 0)
    let copies = task(.generation, .exactMatch, [("x", ["x"]), ("y", ["y"]), ("z", ["x"])])
    #expect(copies.trivialScore(for: copies.prompts[0], examples: copies.examples) == 2.0 / 3)
  }
}
