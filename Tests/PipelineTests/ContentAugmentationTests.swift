import Foundation
import Pipeline
import Tasks
import Tensors
import Testing

@Suite struct ContentAugmentationTests {
  private func words(_ text: String) -> [String] {
    text.split { !$0.isLetter }.map(String.init)
  }

  @Test func bothTextsChangeAlike() async throws {
    let tasks = try await FinishedRun.make().run.pool.tasks
    let augmentation = ContentAugmentation(tasks)
    var random = SplitMix64(seed: 1)
    for _ in 0..<200 {
      let result = augmentation.replaced(
        ["Good or bad? {{good}} goods", "bad, good: {{good}}"], required: ["good", "bad"],
        using: &random)
      let (first, second) = (words(result[0]), words(result[1]))
      try #require(first.count == 5 && second.count == 3)
      // As written: "Good" at the start of a sentence is another word than "good".
      #expect(first[0] == "Good" && first[1] == "or" && first[4] == "goods")
      #expect(first[3] == "good" && second[2] == "good", "placeholders stay")
      #expect(result.allSatisfy { $0.contains("{{good}}") })
      #expect(first[2] == second[0] && first[2] != "bad")
      #expect(second[1] != "good")
    }
  }

  @Test func wordsVaryAndNoneIsHeldOut() async throws {
    let tasks = try await FinishedRun.make().run.pool.tasks
    let augmentation = ContentAugmentation(tasks)
    var random = SplitMix64(seed: 2)
    var seen: Set<String> = []
    for _ in 0..<3000 {
      seen.insert(augmentation.replaced(["word"], required: ["word"], using: &random)[0])
    }
    #expect(seen.count > 500)
    for entry in tasks {
      for wording in entry.task.heldOut.wordings { #expect(!seen.contains(wording)) }
      for prompt in entry.task.prompts {
        for word in prompt.required { #expect(!seen.contains(word)) }
      }
    }
  }

  @Test func aHeldOutWordOfAnExampleIsNeverUsed() async throws {
    let entry = try await FinishedRun.make().run.pool.tasks[0]
    let task = entry.task
    let example = Example(
      id: "a", split: .train, fields: ["text": "happy Snippet plain"], references: ["positive"])
    let augmentation = ContentAugmentation([
      SplitTask(
        task: PromptTask(
          name: task.name, kind: task.kind, metric: task.metric, labels: task.labels,
          description: "", inputField: "text", heldOut: task.heldOut, examples: [example],
          prompts: task.prompts),
        split: entry.split, heldOut: entry.heldOut)
    ])
    var random = SplitMix64(seed: 3)
    let drawn = (0..<200).map { _ in
      augmentation.replaced(["word"], required: ["word"], using: &random)[0]
    }
    #expect(drawn.contains("plain") && !drawn.contains("happy") && !drawn.contains("snippet"))
  }

  @Test func withoutRequiredWordsNothingChanges() async throws {
    let augmentation = ContentAugmentation(try await FinishedRun.make().run.pool.tasks)
    var random = SplitMix64(seed: 4)
    #expect(augmentation.replaced(["a", "b"], required: [], using: &random) == ["a", "b"])
    #expect(augmentation.replaced([], required: ["a"], using: &random).isEmpty)
    #expect(
      ContentAugmentation([]).replaced(["a"], required: ["a"], using: &random) == ["a"])
  }
}
