import Reports
import TestSupport
import Testing

struct WordDiffTests {
  private func runs(_ before: String, _ after: String) -> [String] {
    WordDiff(before, after).runs.map { run in
      switch run.kind {
      case .same: "=" + run.text
      case .removed: "-" + run.text
      case .inserted: "+" + run.text
      }
    }
  }

  @Test(
    arguments: [
      ("", "", []),
      ("same text", "same text", ["=same text"]),
      ("", "new", ["+new"]),
      ("old", "", ["-old"]),
      ("Say yes or no.", "Say yes or maybe.", ["=Say yes or ", "-no", "+maybe", "=."]),
      ("a red fox ran", "a blue cat ran", ["=a ", "-red fox ", "+blue cat ", "=ran"]),
      ("one two", "one  two", ["=one", "- ", "+  ", "=two"]),
      (" lead", "lead", ["- ", "=lead"]),
      ("don't stop", "do stop", ["-don't ", "+do ", "=stop"]),
      ("情感分类", "情绪分类", ["=情", "-感", "+绪", "=分类"]),
      ("line\r\nend", "line\nend", ["=line", "-\r\n", "+\n", "=end"]),
      // Composed and decomposed: equal to Swift, not the same bytes.
      ("caf\u{E9}", "cafe\u{301}", ["-caf\u{E9}", "+cafe\u{301}"]),
    ] as [(String, String, [String])])
  func changes(before: String, after: String, expected: [String]) {
    #expect(runs(before, after).map { Array($0.utf8) } == expected.map { Array($0.utf8) })
  }

  @Test(arguments: 0..<200)
  func losesNothing(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let pieces = [
      "a", "b", "no", " ", "  ", "\n", "\r\n", ".", "é", "e\u{301}", "\u{301}", "词", "👍🏽", "\0",
    ]
    let texts = (0..<2).map { _ in
      (0..<Int.random(in: 0..<30, using: &random))
        .map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }.joined()
    }
    expectLossless(texts[0], texts[1])
  }

  /// Far more words than are aligned: what is between the common ends is replaced as a whole.
  @Test func longTextsAreReplacedAsAWhole() {
    let (old, new) = (0..<20_000, 20_000..<40_000)
    let before = "start " + old.map { "w\($0) " }.joined() + "end"
    let after = "start " + new.map { "w\($0) " }.joined() + "end"
    expectLossless(before, after)
    #expect(WordDiff(before, after).runs.map(\.kind) == [.same, .removed, .inserted, .same])
  }

  @Test func aLongLineWithOneChangeIsAligned() {
    let line = String(repeating: "word ", count: 20_000)
    expectLossless(line + "old", line + "new")
    #expect(WordDiff(line + "old", line + "new").runs.map(\.kind) == [.same, .removed, .inserted])
  }

  private func expectLossless(_ before: String, _ after: String) {
    let runs = WordDiff(before, after).runs
    let (old, new) = (runs.filter { $0.kind != .inserted }, runs.filter { $0.kind != .removed })
    #expect(old.map(\.text).joined().utf8.elementsEqual(before.utf8))
    #expect(new.map(\.text).joined().utf8.elementsEqual(after.utf8))
    #expect(runs.allSatisfy { !$0.text.isEmpty })
    #expect(zip(runs, runs.dropFirst()).allSatisfy { $0.kind != $1.kind })
  }
}
