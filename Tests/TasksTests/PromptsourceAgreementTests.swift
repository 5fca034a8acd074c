import Foundation
import Tasks
import TestSupport
import Testing

/// The folder of the cases, where there is one.
private let casesFolder = ProcessInfo.processInfo.environment["MAPO_PROMPTSOURCE_CASES"].map {
  URL(filePath: $0)
}

/// Compares our prompts with promptsource's own rendering: see Golden/promptsource.py, which
/// writes the cases.
@Suite(
  .enabled(
    if: casesFolder != nil,
    "no cases: set MAPO_PROMPTSOURCE_CASES to a folder that Golden/promptsource.py wrote"))
struct PromptsourceAgreementTests {
  /// What promptsource makes of a record.
  private struct Rendered: Decodable {
    let input: String
    let targets: [String]
  }

  private struct Template: Decodable {
    let name: String
    /// Nil where the template does not apply to the record.
    let rows: [Rendered?]
  }

  private struct File: Decodable {
    let file: String
    let isReal: Bool
    let templates: [Template]
  }

  @Test func promptsAreThoseOfPromptsource() throws {
    let folder = try #require(casesFolder)
    var tallies = [true: Tally(), false: Tally()]
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    for name in names where name.hasSuffix(".expected.json") {
      let file = try JSONDecoder().decode(
        File.self, from: Data(contentsOf: folder.appending(path: name)))
      let records = folder.appending(path: name.replacing(".expected.json", with: ".jsonl"))
      try compare(file, records: records, tally: &tallies[file.isReal, default: Tally()])
    }
    for (isReal, tally) in tallies { print(isReal ? "real records:" : "made-up records:", tally) }
  }

  private struct Tally: CustomStringConvertible {
    var templates = 0
    var taken = 0
    var renderings = 0
    var notApplying = 0
    var skips: [String: Int] = [:]

    var description: String {
      let reasons = skips.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
      return "\(taken) of \(templates) templates taken; \(renderings) renderings agree, "
        + "\(notApplying) cases where neither applies; skipped: \(reasons.joined(separator: ", "))"
    }
  }

  private func compare(_ file: File, records: URL, tally: inout Tally) throws {
    let (task, report) = try imported(file.file, records: records)
    tally.skips.merge(report.skipCounts, uniquingKeysWith: +)
    let prompts = Dictionary(grouping: task.prompts, by: \.family)
    let stem = URL(filePath: file.file).deletingPathExtension().lastPathComponent
    for template in file.templates {
      tally.templates += 1
      guard let prompts = prompts["\(stem)/\(template.name)"] else { continue }
      tally.taken += 1
      for (example, expected) in zip(task.examples, template.rows) {
        let found = renderings(of: prompts, for: example, in: task)
        let isEqual =
          found.map(\.input) == (expected.map { [$0.input] } ?? [])
          && found.map(\.targets) == (expected.map { [$0.targets] } ?? [])
        #expect(isEqual, "\(stem), \(template.name), \(example.id): \(found)")
        if expected == nil { tally.notApplying += 1 } else { tally.renderings += 1 }
      }
    }
  }

  /// A task whose answers are the rendered targets. A file may have no prompt that can be taken,
  /// hence the prompt beside them.
  private func imported(
    _ file: String, records: URL
  ) throws -> (task: PromptTask, report: ImportReport) {
    try withTemporaryFolder { folder in
      let other = folder.appending(path: "other.txt")
      try Data("Answer:".utf8).write(to: other)
      return try ImportedTask(
        name: "cases", kind: .generation, metric: .rougeL, labels: [], description: "",
        inputField: "record_id", heldOutContents: [], heldOutWordings: [],
        exampleFiles: [
          .init(
            path: String(records.path.dropFirst()), reader: .jsonl, split: .train,
            fields: ["record_id": "record_id"], references: ["record_id"])
        ],
        promptFiles: [
          .init(
            path: String(file.dropFirst()), reader: .promptsource, fields: [:], choices: [],
            labelWords: []),
          .init(
            path: String(other.path.dropFirst()), reader: .lines, fields: [:], choices: [],
            labelWords: []),
        ]
      ).load(root: URL(filePath: "/"))
    }
  }

  /// What the prompts of one template make of an example, for those that apply to it.
  private func renderings(
    of prompts: [Prompt], for example: Example, in task: PromptTask
  ) -> [(input: String, targets: [String])] {
    prompts.compactMap { prompt in
      let references = task.references(for: prompt, in: example)
      let hasFields = placeholders(in: prompt.text).allSatisfy { example.fields[$0] != nil }
      guard hasFields, !references.isEmpty else { return nil }
      let text = task.rendered(prompt, for: example)
      let input = (text.prefix + text.rest).trimmingCharacters(in: .whitespacesAndNewlines)
      return (
        input,
        references.sorted { Array($0.unicodeScalars).lexicographicallyPrecedes($1.unicodeScalars) }
      )
    }
  }
}
