import FeedbackStore
import Foundation
import Testing

@Suite struct FeedbackTests {
  @Test func numbersAreStableAndNothingIsStoredTwice() throws {
    let world = try World()
    let again = try World(store: world.store)
    #expect(again.task == world.task && again.target == world.target)
    #expect(again.examples == world.examples && again.test == world.test)
    #expect(again.train == world.train && again.other == world.other && again.dev == world.dev)
    #expect(try world.store.evaluatedTexts().map(\.text) == ["Judge it good or bad."])
  }

  @Test func theSameTextWithOtherContentIsAnotherPrompt() throws {
    let world = try World()
    let record = PromptRecord.pool("Good or bad:", family: "b", content: "reversed")
    #expect(try world.store.upsert(prompts: [record], task: world.task)[0] != world.other)
  }

  @Test func aPromptKeepsTheRoleOfItsFirstAppearance() throws {
    let world = try World()
    let copy = PromptRecord.pool("Judge it good or bad.", family: "z", role: .train)
    #expect(try world.store.upsert(prompts: [copy], task: world.task) == [world.test])
    #expect(try world.store.evaluatedTexts().map(\.text) == ["Judge it good or bad."])
  }

  @Test func refusesAChangedTaskAndAMovedExample() throws {
    let world = try World()
    let changed = TaskRecord(
      name: "reviews", kind: "classification", metric: "accuracy", hash: "h2")
    #expect(throws: StoreError.taskChanged(name: "reviews")) {
      try world.store.upsert(task: changed)
    }
    let moved = StoreError.exampleMoved(key: "e11", stored: .test, given: .train)
    #expect(throws: moved) {
      try world.store.upsert(
        examples: [ExampleRecord(key: "e11", split: .train)], task: world.task)
    }
    #expect(moved.description == "example 'e11' is stored in split 'test', not 'train'")
  }

  @Test func aStoredAnswerIsNeverReplacedAndAFailureIsByTheNextAttempt() throws {
    let world = try World()
    let (one, two) = (world.examples[0], world.examples[1])
    let first = [world.row(world.train, one, score: 1), world.row(world.train, two, score: nil)]
    #expect(try world.store.record(first) == 2)
    #expect(try scores(world) == [world.train: [one: 1]])
    let second = [
      world.row(world.train, one, score: 0),
      world.row(world.train, two, score: 0.5, purpose: .evaluation),
    ]
    #expect(try world.store.record(second) == 1)
    #expect(try scores(world) == [world.train: [one: 1, two: 0.5]])
    // The purpose is the one the row was first made for.
    #expect(try scores(world, purpose: .search) == [world.train: [one: 1, two: 0.5]])
    #expect(try scores(world, purpose: .evaluation).isEmpty)
  }

  @Test func lookUpsKeepToTargetSamplingRolloutAndExamples() throws {
    let world = try World()
    let rows = world.examples.enumerated().map { index, example in
      world.row(world.train, example, score: Double(index) / 4)
    }
    try world.store.record(rows + [world.row(world.train, world.examples[0], score: 9, rollout: 1)])
    let some = Set(world.examples.prefix(2))
    let found = try world.store.cachedScores(
      target: world.target, prompts: [world.train, world.other], examples: some,
      sampling: "greedy")
    #expect(found == [world.train: [world.examples[0]: 0, world.examples[1]: 0.25]])
    let second = try world.store.cachedScores(
      target: world.target, prompts: [world.train], sampling: "greedy", rollout: 1)
    #expect(second == [world.train: [world.examples[0]: 9]])
    let sampled = try world.store.cachedScores(
      target: world.target, prompts: [world.train], sampling: "t=1")
    #expect(sampled.isEmpty)
  }

  @Test func singlePairsAreLookedUpInTheirOrder() throws {
    let world = try World()
    try world.store.record([
      world.row(world.train, world.examples[1], score: 0.5),
      world.row(world.train, world.examples[2], score: nil),
      world.row(world.train, world.examples[3], score: 1, rollout: 2),
    ])
    let keys = world.examples.prefix(4).reversed().map {
      FeedbackKey(promptID: world.train, exampleID: $0)
    }
    let first = try world.store.cachedScores(of: keys, target: world.target, sampling: "greedy")
    #expect(first == [nil, nil, 0.5, nil])
    let third = try world.store.cachedScores(
      of: keys, target: world.target, sampling: "greedy", rollout: 2)
    #expect(third == [1, nil, nil, nil])
    let answers = try world.store.cachedAnswers(
      of: keys, target: world.target, sampling: "greedy")
    #expect(answers == [nil, nil, "good", nil])
    let one = try world.store.cachedScore(
      target: world.target, prompt: world.train, example: world.examples[1], sampling: "greedy")
    #expect(one == 0.5)
    let unknown = try world.store.cachedScore(
      target: world.target, prompt: world.train, example: world.examples[1], sampling: "t=1")
    #expect(unknown == nil)
  }

  @Test func aBatchIsStoredWholeOrNotAtAll() throws {
    let world = try World()
    let good = world.row(world.train, world.examples[0], score: 1)
    let strangers = [
      world.row(999, world.examples[0], score: 1), world.row(world.train, 999, score: 1),
      world.row(world.train, world.examples[1], score: .nan),
    ]
    for stranger in strangers {
      #expect(throws: StoreError.self) { try world.store.record([good, stranger]) }
    }
    #expect(try scores(world).isEmpty)
  }

  @Test func manyRows() throws {
    let world = try World()
    let keys = (0..<500).map { ExampleRecord(key: "many\($0)", split: .train) }
    let examples = try world.store.upsert(examples: keys, task: world.task)
    let texts = (0..<100).map { PromptRecord.pool("prompt \($0)", family: "m\($0)") }
    let prompts = try world.store.upsert(prompts: texts, task: world.task)
    for prompt in prompts {
      let rows = examples.map { world.row(prompt, $0, score: Double($0 % 2)) }
      #expect(try world.store.record(rows) == 500)
    }
    let found = try world.store.cachedScores(
      target: world.target, prompts: prompts, sampling: "greedy")
    #expect(found.values.reduce(0) { $0 + $1.count } == 50_000)
    try world.store.add(candidates: prompts, of: prompts[0], target: world.target)
    #expect(try world.store.rankings(target: world.target)[0].candidates.count == 100)
    #expect(try world.store.statistics()[0].answered == 50_000)
  }

  private func scores(
    _ world: World, purpose: FeedbackPurpose? = nil
  ) throws -> [Int64: [Int64: Double]] {
    try world.store.cachedScores(
      target: world.target, prompts: [world.train], sampling: "greedy", purpose: purpose)
  }
}
