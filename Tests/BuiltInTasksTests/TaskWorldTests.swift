import BuiltInTasks
import Foundation
import PromptSearch
import Tasks
import TestSupport
import Testing

private let root = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()

/// The world of the committed seed.
func makeWorld() throws -> TaskWorld {
  let book = try Phrasebook(contentsOf: root.appending(path: "Data/phrasebook.json"))
  var random = SeededGenerator(seed: TaskWorld.dataSeed)
  return TaskWorld(grammar: PromptGrammar(book), using: &random)
}

@Suite struct TaskWorldTests {
  let world: TaskWorld

  init() throws { world = try makeWorld() }

  @Test func theFilesInTheRepositoryAreWhatIsGenerated() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try world.write(to: folder)
    for task in world.tasks {
      for file in ["task.yaml", "examples.jsonl", "prompts.jsonl"] {
        let path = "\(task.name)/\(file)"
        let made = try Data(contentsOf: folder.appending(path: path))
        let kept = try Data(contentsOf: root.appending(path: "Data/tasks/\(path)"))
        #expect(made == kept, "\(path)")
      }
      #expect(try PromptTask(contentsOf: folder.appending(path: task.name)) == task)
    }
  }

  @Test func tasksAreComplete() throws {
    #expect(
      world.tasks.map(\.name)
        == ["sentiment", "topic", "question", "lookup", "headline", "listing"])
    for kind in TaskKind.allCases { #expect(world.tasks.count { $0.kind == kind } == 2) }
    for task in world.tasks {
      try task.validate()
      for (split, count) in TaskWorld.exampleCounts {
        #expect(task.examples.count { $0.split == split } == count)
      }
      let texts = task.examples.compactMap { $0.fields[task.inputField] }
      #expect(Set(texts).count == task.examples.count)
      #expect(texts.allSatisfy { $0.split(separator: " ").count <= 25 && $0 == $0.lowercased() })
      for prompt in task.prompts {
        for example in task.examples {
          #expect(task.references(for: prompt, in: example).allSatisfy { !$0.isEmpty })
        }
      }
    }
  }

  @Test func promptsAreBalancedAndDifferent() throws {
    for task in world.tasks {
      #expect(task.prompts.count == 100)
      #expect(Set(task.prompts.map(\.text)).count == 100)
      #expect(Set(task.prompts.map(\.family)).count == 100)
      let styles = Dictionary(grouping: task.prompts, by: \.style)
      #expect(styles.count == 10 && styles.values.allSatisfy { $0.count == 10 })
      let contents = Dictionary(grouping: task.prompts, by: \.content).mapValues(\.count)
      #expect(Set(contents.keys).isSuperset(of: task.heldOut.contents))
      #expect(task.heldOut.contents.allSatisfy { contents[$0] == 20 })
      let trained = contents.filter { !task.heldOut.contents.contains($0.key) }.values
      #expect((trained.max() ?? 0) - (trained.min() ?? 0) <= 10)
      for prompt in task.prompts {
        #expect(prompt.required.allSatisfy { prompt.text.contains($0) })
        let form = world.grammar.parse(prompt.text)
        #expect(world.grammar.render(form) == prompt.text)
        #expect(form[.frame] != nil && form[.cue] != nil && form[.inputLabel] != nil)
      }
    }
  }

  @Test func someContentsAndWordingsAreHeldOut() {
    for task in world.tasks {
      let split = PromptSplit(of: task, fractions: SplitFractions(train: 0.7, dev: 0.1))
      #expect(split.assignments.count { $0.heldOut == .content } == 20)
      #expect(split.assignments.count { $0.heldOut == .wording } == 20)
      #expect(split.indices(in: .train).count >= 35)
      // Each held-out wording is there to be tested.
      for wording in task.heldOut.wordings {
        let held = HeldOutTexts(wordings: [wording])
        #expect(task.prompts.contains { held.hasWording(in: $0.text) }, "\(task.name): \(wording)")
      }
    }
  }

  @Test(arguments: ["sentiment", "topic"])
  func aBagOfWordsDoesNotSolveIt(name: String) throws {
    let task = try #require(world.tasks.first { $0.name == name })
    let accuracy = naiveBayesAccuracy(task)
    #expect(accuracy < 0.75)
    #expect(accuracy > 0.2)
  }

  @Test func losingTheContentScoresLow() {
    for task in world.tasks {
      let prompts = Dictionary(task.prompts.map { ($0.content, $0) }) { first, _ in first }
      var scores = RunningMoments()
      for (content, asked) in prompts {
        for (other, answered) in prompts where other != content {
          for example in task.examples.prefix(200) {
            let answer = task.references(for: answered, in: example)[0]
            let references = task.references(for: asked, in: example)
            scores.add(task.metric.score(answer, references: references))
          }
        }
      }
      #expect(scores.mean <= 0.7, "\(task.name)")
    }
  }

  @Test func freshPromptsAndExamplesFitTogether() {
    var random = SeededGenerator(seed: 1)
    let diet = Diet(seed: 1, reversed: false, exponent: 2, share: 0.6)
    for (index, task) in world.tasks.enumerated() {
      let known = Set(
        task.examples.filter { $0.split != .train }.compactMap { $0.fields[task.inputField] })
      var contents: Set<String> = []
      for _ in 0..<300 {
        let example = world.freshExample(task: index, using: &random)
        let prompt = world.freshPrompt(task: index, diet: diet, using: &random)
        contents.insert(prompt.content)
        #expect(!known.contains(example.fields[task.inputField] ?? ""))
        #expect(task.references(for: prompt, in: example).allSatisfy { !$0.isEmpty })
        #expect(placeholders(in: prompt.text).allSatisfy { example.fields[$0] != nil })
      }
      #expect(contents == Set(task.prompts.map(\.content)))
    }
  }
}

@Suite struct SkillDocumentTests {
  @Test func documentsAskForEverything() throws {
    let world = try makeWorld()
    var random = SeededGenerator(seed: 1)
    var codes: Set<String> = []
    var questions = 0
    for _ in 0..<3000 {
      let document = world.skillDocument(using: &random)
      questions += document.queries.count
      #expect(document.queries.allSatisfy { !$0.code.isEmpty && !$0.answer.isEmpty })
      #expect(document.text.hasPrefix("\(document.context) \(document.queries[0].code) "))
      for query in document.queries { codes.insert(String(query.code.prefix { $0 != ">" }) + ">") }
    }
    for task in world.tasks {
      for content in Set(task.prompts.map(\.content)) where task.kind == .classification {
        #expect(codes.contains("<\(content)>"))
      }
    }
    #expect(codes.isSuperset(of: ["<copy>", "<about>", "<food>", "<goods in reverse>"]))
    #expect(codes.isSuperset(of: ["<headline: price>", "<answer>", "<answer, place>"]))
    #expect(questions > 2 * 3000)
  }
}

/// Test accuracy of multinomial naive Bayes with add-one smoothing, trained on the train split.
private func naiveBayesAccuracy(_ task: PromptTask) -> Double {
  var counts: [String: [String: Double]] = [:]
  var totals: [String: Double] = [:]
  var priors: [String: Double] = [:]
  func words(_ example: Example) -> [Substring] {
    (example.fields[task.inputField] ?? "").split { !$0.isLetter }
  }
  for example in task.examples where example.split == .train {
    let label = example.answers[Example.defaultAnswer]?[0] ?? ""
    priors[label, default: 0] += 1
    for word in words(example) {
      counts[label, default: [:]][String(word), default: 0] += 1
      totals[label, default: 0] += 1
    }
  }
  let vocabulary = Double(Set(counts.values.flatMap(\.keys)).count)
  let test = task.examples.filter { $0.split == .test }
  let right = test.count { example in
    let scores = priors.map { label, prior in
      let score = words(example).reduce(log(prior)) { sum, word in
        sum + log(((counts[label]?[String(word)] ?? 0) + 1) / ((totals[label] ?? 0) + vocabulary))
      }
      return (label, score)
    }
    return scores.max { $0.1 < $1.1 }?.0 == example.answers[Example.defaultAnswer]?[0]
  }
  return Double(right) / Double(test.count)
}
