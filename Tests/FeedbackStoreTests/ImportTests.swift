import FeedbackStore
import Testing

@Suite struct ImportTests {
  private func pair(
    _ prompt: String, _ chosen: String, rejected: String? = nil, target: String = "north",
    line: Int = 1
  ) -> ImportedPair {
    ImportedPair(
      target: target, task: nil, kind: "generation", prompt: prompt, chosen: chosen,
      rejected: rejected, source: "pairs.jsonl", line: line)
  }

  @Test func pairsComeBackInTheirOrderAndOnce() throws {
    let store = try FeedbackStore()
    let pairs = [
      pair("Write.", "Write a poem.", line: 1),
      pair("Write.", "Write a poem.", rejected: "Write!", line: 2),
      pair("Tell.", "Tell a story.", target: "south", line: 3),
    ]
    #expect(try store.add(imported: pairs + [pair("Write.", "Write a poem.", line: 4)]) == 3)
    #expect(try store.add(imported: pairs) == 0)
    #expect(try store.importedPairs(target: "north") == Array(pairs.prefix(2)))
    #expect(try store.importedPairs(target: "south") == [pairs[2]])
    #expect(try store.importedPairs(target: "west").isEmpty)
  }

  @Test(arguments: 0..<3)
  func anEvaluatedTextIsRefusedAndNothingIsStored(place: Int) throws {
    let world = try World()
    var texts = ["Write.", "Write a poem.", "Write!"]
    texts[place] = "Judge it good or bad."
    let bad = pair(texts[0], texts[1], rejected: texts[2], line: 9)
    let error = StoreError.evaluatedText(source: "pairs.jsonl", line: 9)
    #expect(throws: error) {
      try world.store.add(imported: [pair("Tell.", "Tell a story."), bad])
    }
    #expect(
      error.description
        == "pairs.jsonl line 9: an evaluated prompt or wording may not be trained on")
    #expect(try world.store.importedPairs(target: "north").isEmpty)
    // A text of a trained prompt is none.
    #expect(try world.store.add(imported: [pair("Good or bad:", "Good? Bad?")]) == 1)
  }

  @Test func aTextThatIsEvaluatedLaterIsALeak() throws {
    let store = try FeedbackStore()
    try store.add(imported: [
      pair("Write.", "Write a poem."), pair("Is it so?", "Decide: good, bad."),
      pair("Judge it good or bad.", "Judge.", target: "south"),
    ])
    let world = try World(store: store)
    let leak = Leak(kind: .imported, promptID: world.dev, sourceID: 2)
    #expect(try store.leaks(target: world.target) == [leak])
    let south = try store.upsert(target: "south", fingerprint: "f2")
    #expect(try store.leaks(target: south).map(\.promptID) == [world.test])
  }
}
