import Tasks
import TestSupport
import Testing

@Suite struct MetricTests {
  private struct Golden: Decodable {
    struct Row: Decodable {
      let answer: String
      let references: [String]
      let exactMatch: Double
      let f1: Double
      let rouge1: Double
      let rouge2: Double
      let rougeL: Double
    }
    let rows: [Row]
  }

  @Test func agreesWithTheReferenceImplementations() throws {
    let rows = try golden("metrics.json", as: Golden.self).rows
    #expect(rows.count > 480)
    for row in rows {
      func expect(_ metric: Metric, _ expected: Double) {
        // The same few operations in Double, perhaps rounded once more.
        let score = metric.score(row.answer, references: row.references)
        #expect(abs(score - expected) < 1e-12, "\(metric) '\(row.answer)' \(row.references)")
      }
      expect(.exactMatch, row.exactMatch)
      expect(.f1, row.f1)
      expect(.rouge1, row.rouge1)
      expect(.rouge2, row.rouge2)
      expect(.rougeL, row.rougeL)
    }
  }

  @Test func theLongestCommonSubsequenceIsThatOfTheTable() {
    var random = SeededGenerator(seed: 2)
    for (left, right) in [
      (0, 0), (0, 3), (1, 1), (7, 5), (64, 64), (63, 65), (200, 129), (40, 300),
    ] {
      for letters in [1, 2, 5, 50] {
        let texts = [left, right].map { count in
          (0..<count).map { _ in Int.random(in: 0..<letters, using: &random) }
        }
        #expect(
          longestCommonSubsequence(texts[0], texts[1]) == tableLength(texts[0], texts[1]),
          "\(left) by \(right) of \(letters)")
      }
    }
  }

  /// The plain table of lengths.
  private func tableLength(_ left: [Int], _ right: [Int]) -> Int {
    var row = [Int](repeating: 0, count: right.count + 1)
    for element in left {
      var next = row
      for (column, other) in right.enumerated() {
        next[column + 1] = element == other ? row[column] + 1 : max(row[column + 1], next[column])
      }
      row = next
    }
    return row[right.count]
  }

  @Test func bestReferenceCounts() {
    #expect(Metric.f1.score("red cat", references: ["blue", "a red cat", "red"]) == 1)
    #expect(Metric.exactMatch.score("x", references: []) == 0)
    #expect(Metric.rougeL.score("a b", references: ["c", "a c"]) == 0.5)
    #expect(Metric.accuracy.score("Good.", references: ["bad", "good"]) == 1)
    #expect(Metric.macroF1.score("Good.", references: ["bad", "good"]) == 1)
    #expect(Metric.matthews.score("Good.", references: ["bad"]) == 0)
  }

  @Test(arguments: [
    ("positive", "Positive", true), (" \"Very  good\".\n", "very good", true),
    ("not positive", "positive", false), ("", "no", false), ("sci/tech", "Sci/Tech", true),
    ("the cat", "cat", false), ("-1", "1", false), ("(-1)", "-1.", true), ("- 1", "1", true),
    (":)", ":(", false), (" - ", "-", true), ("...", "", false),
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
