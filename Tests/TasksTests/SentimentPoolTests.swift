import Foundation
import Tasks
import TestSupport
import Testing

@Suite(.enabled(if: RealData.has("promptsource"), "no real data: set MAPO_DATA to their folder"))
struct SentimentPoolTests {
  private func promptsource(_ name: String, field: String) -> ImportedTask.PromptFile {
    .init(
      path: "promptsource/\(name).yaml", reader: .promptsource, fields: [field: "text"],
      choices: ["0", "1"], labelWords: [])
  }

  private func pool(_ name: String) -> ImportedTask.PromptFile {
    .init(
      path: "evoprompt/\(name)_prompts.txt", reader: .lines, fields: [:], choices: ["0", "1"],
      labelWords: [["negative", "positive"]])
  }

  private var sentiment: ImportedTask {
    ImportedTask(
      name: "sst2", kind: .classification, metric: .accuracy, labels: ["0", "1"],
      description: "Sentiment of a sentence from a film review.", inputField: "text",
      heldOutContents: ["sad/happy"], heldOutWordings: ["product"],
      exampleFiles: [
        glue("glue/SST-2/train.json", .numberedJSON, .train, "text_a"),
        glue("glue/SST-2/dev.json", .numberedJSON, .dev, "text_a"),
        glue("glue/SST-2/test.tsv", .tsv, .test, "sentence"),
      ],
      promptFiles: [
        promptsource("glue__sst2", field: "sentence"),
        promptsource("sst__default", field: "sentence"),
        promptsource("rotten_tomatoes", field: "text"),
        promptsource("amazon_polarity", field: "content"),
        promptsource("imdb", field: "text"),
        promptsource("movie_rationales", field: "review"),
        promptsource("yelp_polarity", field: "text"),
        promptsource("financial_phrasebank__sentences_allagree", field: "sentence"),
        pool("cls_sst2"), pool("cls_mr"), pool("cls_cr"),
      ])
  }

  private func glue(
    _ path: String, _ reader: ImportedTask.ExampleFile.Reader, _ split: Split, _ column: String
  ) -> ImportedTask.ExampleFile {
    .init(
      path: path, reader: reader, split: split, fields: [column: "text"], label: "label",
      labels: ["0": "0", "1": "1"])
  }

  @Test func sentimentLoads() throws {
    let (task, report) = try sentiment.load(root: RealData.folder)
    #expect(report.examples["test"] == 521)
    #expect(report.examples.values.reduce(0, +) + report.overlappingExamples == 5576 + 619 + 521)
    // Counted by hand in the files: see the reasons in `skippedPrompts`.
    #expect(report.prompts["promptsource/glue__sst2.yaml"] == 4)
    #expect(report.prompts["promptsource/sst__default.yaml"] == 2)
    #expect(report.prompts["promptsource/rotten_tomatoes.yaml"] == 8)
    #expect(report.prompts["promptsource/amazon_polarity.yaml"] == 1)
    #expect(report.prompts["promptsource/movie_rationales.yaml"] == 1)
    #expect(report.prompts["promptsource/yelp_polarity.yaml"] == 9)
    #expect(report.prompts["promptsource/financial_phrasebank__sentences_allagree.yaml"] == nil)
    #expect(report.prompts["evoprompt/cls_sst2_prompts.txt"] == 10)
    // Of imdb's nine: the negation is skipped, seven are rotten_tomatoes' word for word.
    #expect(report.prompts["promptsource/imdb.yaml"] == 1)
    #expect(report.skippedPrompts.contains { $0.name.hasPrefix("Negation") })
    #expect(task.prompts.allSatisfy { $0.labels.count == 2 })
    let regret = task.prompts.first { $0.family == "yelp_polarity/regret_yes_or_no" }
    #expect(regret?.labels == ["0": "Yes", "1": "No"])
  }

  @Test func noCopyIsOnBothSides() throws {
    let (task, _) = try sentiment.load(root: RealData.folder)
    let split = PromptSplit(of: task, fractions: SplitFractions(train: 0.6, dev: 0.1))
    let heldOut = split.indices(in: .test).filter {
      split.assignments[$0].heldOut == .family
    }
    let index = NearDuplicateIndex(of: heldOut.map { task.prompts[$0].text })
    for number in split.indices(in: .train) {
      #expect(!index.contains(task.prompts[number].text))
    }
  }

  @Test func taskFolderRoundTrip() throws {
    let (task, _) = try sentiment.load(root: RealData.folder)
    try withTemporaryFolder { folder in
      try task.write(to: folder)
      #expect(try PromptTask(contentsOf: folder) == task)
    }
  }
}
