import FeedbackStore
import Foundation
import Testing

/// One leak of each kind is planted, and found; a clean store has none.
@Suite struct LeakTests {
  /// A store as it should be: a trained original and a dev original, each with a candidate, search
  /// and fresh answers on their own examples, and an evaluated test prompt.
  private func cleanWorld() throws -> World {
    let world = try World()
    let good = try world.addCandidate(
      "Good? Bad?", parent: world.train, of: world.train, family: "a")
    for prompt in [world.train, good] {
      try world.store.record([
        world.row(prompt, world.examples[0], score: 1),
        world.row(prompt, world.examples[6], score: 1, purpose: .fresh),
      ])
    }
    try world.store.add(candidates: [world.other], of: world.dev, target: world.target)
    try world.store.record([
      world.row(world.test, world.examples[9], score: 1, purpose: .evaluation),
      world.row(world.train, world.examples[9], score: 1, purpose: .evaluation),
    ])
    // A held-out content with a wording that is trained on elsewhere is no leak.
    _ = try world.store.upsert(
      prompts: [.pool("Is it up?", family: "a", content: "up", role: .test, heldOut: .content)],
      task: world.task)
    return world
  }

  @Test func aCleanStoreHasNone() throws {
    let world = try cleanWorld()
    #expect(try world.store.leaks(target: world.target).isEmpty)
  }

  @Test func heldOutPromptAsCandidate() throws {
    let world = try cleanWorld()
    try world.store.add(candidates: [world.test], of: world.train, target: world.target)
    let leak = Leak(kind: .role, promptID: world.test, sourceID: world.test)
    #expect(try world.store.leaks(target: world.target) == [leak])
  }

  @Test func devPromptAsCandidateOfTrain() throws {
    let world = try cleanWorld()
    try world.store.add(candidates: [world.dev], of: world.train, target: world.target)
    let leaks = try world.store.leaks(target: world.target)
    #expect(leaks == [Leak(kind: .role, promptID: world.dev, sourceID: world.dev)])
  }

  @Test func heldOutPromptAsOriginal() throws {
    let world = try cleanWorld()
    try world.store.add(candidates: [], of: world.test, target: world.target)
    let leaks = try world.store.leaks(target: world.target)
    #expect(leaks == [Leak(kind: .role, promptID: world.test, sourceID: world.test)])
  }

  @Test func descendantOfAHeldOutPrompt() throws {
    let world = try cleanWorld()
    let child = PromptRecord(
      text: "Judge it.", parentID: world.test, family: "x", style: "terse", content: "g/b",
      origin: "rules", role: .train)
    let childID = try world.store.upsert(prompts: [child], task: world.task)[0]
    let grandchild = try world.addCandidate("Judge.", parent: childID, of: world.train, family: "y")
    let leak = Leak(kind: .descent, promptID: grandchild, sourceID: world.test)
    #expect(try world.store.leaks(target: world.target) == [leak])
  }

  @Test func familyOfAHeldOutPrompt() throws {
    let world = try cleanWorld()
    let cousin = try world.addCandidate("Judge this.", parent: nil, of: world.train, family: "d")
    let leak = Leak(kind: .family, promptID: cousin, sourceID: world.test)
    #expect(try world.store.leaks(target: world.target) == [leak])
  }

  @Test func heldOutContent() throws {
    let world = try cleanWorld()
    let prompt = try world.addCandidate(
      "Up or not?", parent: nil, of: world.train, family: "e", content: "up")
    let leaks = try world.store.leaks(target: world.target)
    #expect(leaks.map(\.kind) == [.content])
    #expect(leaks.map(\.promptID) == [prompt])
  }

  @Test func testExample() throws {
    let world = try cleanWorld()
    try world.store.record([world.row(world.train, world.examples[11], score: 1)])
    let leak = Leak(kind: .example, promptID: world.train, sourceID: world.examples[11])
    #expect(try world.store.leaks(target: world.target) == [leak])
  }

  @Test func exampleSearchedAndMeasuredOn() throws {
    let world = try cleanWorld()
    try world.store.record([
      world.row(world.train, world.examples[0], score: 1, purpose: .fresh, rollout: 1)
    ])
    let leak = Leak(kind: .reuse, promptID: world.train, sourceID: world.examples[0])
    #expect(try world.store.leaks(target: world.target) == [leak])
  }

  @Test func leaksAreOfOneTarget() throws {
    let world = try cleanWorld()
    let south = try world.store.upsert(target: "south", fingerprint: "f2")
    try world.store.add(candidates: [world.test], of: world.train, target: south)
    #expect(try world.store.leaks(target: world.target).isEmpty)
    #expect(try world.store.leaks(target: south).count == 1)
  }

  @Test func textsForTheComparisonOfNearDuplicates() throws {
    let world = try cleanWorld()
    let rewrite = PromptRecord(
      text: "Rewritten.", parentID: world.test, family: "d", style: "", content: "g/b",
      origin: "rewriter", role: .test)
    _ = try world.store.upsert(prompts: [rewrite], task: world.task)
    let training = try world.store.trainingTexts(target: world.target)
    #expect(training.map(\.text) == ["Is it good or bad?", "Good? Bad?"])
    #expect(training.allSatisfy { $0.task == "reviews" && $0.content == "g/b" })
    let evaluated = try world.store.evaluatedTexts()
    #expect(evaluated.map(\.text) == ["Judge it good or bad.", "Is it up?"])
  }
}
