import FeedbackStore
import Pipeline
import Rewriting
import Tensors
import Testing

@Suite struct PromptAugmentationTests {
  private func pairs(
    contentShare: Double, wordingShare: Double
  ) async throws -> [(before: PromptPair, after: PromptPair)] {
    let run = try await FinishedRun.make().run
    let augmentation = PromptAugmentation(
      run.pool, AugmentationConfiguration(contentShare: contentShare, wordingShare: wordingShare))
    var random = SplitMix64(seed: 6)
    let pairs = try run.store.pairs(target: 1)
    try #require(pairs.contains { $0.originalText != $0.chosenText })
    try #require(pairs.contains { $0.originalText == $0.chosenText })
    return Array(zip(pairs, augmentation.varied(pairs, using: &random)))
  }

  @Test func withoutSharesNothingChanges() async throws {
    for (before, after) in try await pairs(contentShare: 0, wordingShare: 0) {
      #expect(after == before)
    }
  }

  @Test func contentChangesInBothTexts() async throws {
    for (before, after) in try await pairs(contentShare: 1, wordingShare: 0) {
      #expect(after.originalText != before.originalText)
      let same = before.originalText == before.chosenText
      #expect((after.originalText == after.chosenText) == same)
      #expect(placeholders(after.originalText) == placeholders(before.originalText))
      #expect(placeholders(after.chosenText) == placeholders(before.chosenText))
      let guards = Guards(maximumLengthRatio: 2.5, extraCharacters: 80)
      let isValid =
        guards.violation(
          original: before.originalText, rewritten: before.chosenText) == nil
      let isStillValid =
        guards.violation(
          original: after.originalText, rewritten: after.chosenText) == nil
      #expect(isStillValid || !isValid, "\(after.originalText) -> \(after.chosenText)")
    }
  }

  @Test func wordingsChangeInTheOriginalOnly() async throws {
    let pairs = try await pairs(contentShare: 0, wordingShare: 1)
    for (before, after) in pairs {
      #expect(placeholders(after.originalText) == placeholders(before.originalText))
      // For a prompt that is kept, too: unknown words are to be replaced, not kept.
      #expect(after.chosenText == before.chosenText)
    }
    let changed = pairs.count { $0.before.originalText != $0.after.originalText }
    #expect(changed > pairs.count / 2)
  }

  private func placeholders(_ text: String) -> [String: Int] {
    ProtectedSpans(of: text).placeholders
  }
}
