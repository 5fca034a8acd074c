import Alignment
import FeedbackStore
import Rewriting
import Tasks

/// Turns rows of the feedback store into what the trainers learn from. The only place where both
/// sides are known.
package struct AlignmentData {
  let format: RewriterFormat
  /// The rewriter's length: prompt and response together, and half of it for each, as in use.
  let maximumLength: Int

  package init(format: RewriterFormat, maximumLength: Int) {
    (self.format, self.maximumLength) = (format, maximumLength)
  }

  func fits(_ tokens: [Int32]) -> Bool { tokens.count <= maximumLength / 2 }

  /// One original with what it takes to check and score a rewrite of it.
  package struct Original {
    package let text: String
    let kind: PromptKind
    /// Words that a rewrite must keep.
    let required: [String]
    let prompt: Prompt
    let task: PromptTask
    /// Family of descent, near-duplicates joined.
    let cluster: String
  }

  /// Pairs for supervised fine-tuning.
  package func supervisedExamples(_ pairs: [PromptPair]) -> [SequenceExample] {
    pairs.compactMap { pair in
      let prompt = format.prompt(pair.originalText, kind: PromptKind(rawValue: pair.kind))
      let response = format.response(pair.chosenText)
      guard fits(prompt), fits(response) else { return nil }
      return SequenceExample(prompt: prompt, response: response)
    }
  }

  /// Rankings for the reward model and RRMF: at most `candidates` of each, spread evenly from the
  /// best to the worst.
  package func rankingExamples(
    _ rankings: [PromptRanking], candidates: Int? = nil
  ) -> [RankingExample] {
    rankings.compactMap { ranking in
      let prompt = format.prompt(ranking.originalText, kind: PromptKind(rawValue: ranking.kind))
      let fitting = ranking.candidates.filter { fits(format.response($0.text)) }
      let chosen = candidates.map { spread($0, over: fitting) } ?? fitting
      guard fits(prompt), chosen.count > 1 else { return nil }
      return RankingExample(
        prompt: prompt, candidates: chosen.map { format.response($0.text) },
        scores: chosen.map { Float($0.gain) })
    }
  }

  /// A user's own pairs for supervised fine-tuning.
  package func supervisedExamples(_ pairs: [ImportedPair]) -> [SequenceExample] {
    pairs.compactMap { pair in
      let prompt = format.prompt(pair.prompt, kind: PromptKind(rawValue: pair.kind))
      let response = format.response(pair.chosen)
      guard fits(prompt), fits(response) else { return nil }
      return SequenceExample(prompt: prompt, response: response)
    }
  }

  /// A user's own pairs for the reward model, as rankings of two: the chosen text scores 1, the
  /// rejected one 0. Pairs without a rejected text are left out.
  package func rankingExamples(_ pairs: [ImportedPair]) -> [RankingExample] {
    pairs.compactMap { pair in
      let prompt = format.prompt(pair.prompt, kind: PromptKind(rawValue: pair.kind))
      let candidates = [pair.chosen, pair.rejected].compactMap { $0.map(format.response) }
      guard candidates.count == 2, fits(prompt), candidates.allSatisfy(fits) else { return nil }
      return RankingExample(prompt: prompt, candidates: candidates, scores: [1, 0])
    }
  }

  private func spread(_ count: Int, over candidates: [RankedPrompt]) -> [RankedPrompt] {
    guard count > 1, candidates.count > count else { return Array(candidates.prefix(count)) }
    return (0..<count).map { candidates[$0 * (candidates.count - 1) / (count - 1)] }
  }

  /// The training prompts of all tasks that the rewriter can read.
  package func originals(_ tasks: [SplitTask]) -> [Original] {
    tasks.flatMap { entry in
      entry.split.indices(in: .train).compactMap { index in
        let prompt = entry.task.prompts[index]
        guard fits(format.prompt(prompt.text, kind: entry.kind)) else { return nil }
        return Original(
          text: prompt.text, kind: entry.kind, required: prompt.required, prompt: prompt,
          task: entry.task,
          cluster: entry.split.assignments[index].cluster)
      }
    }
  }

  /// What the rewriter reads.
  func prompt(_ original: Original) -> [Int32] {
    format.prompt(original.text, kind: original.kind)
  }
}

extension PromptPair {
  /// The pair itself where its gain on fresh examples reaches the bound; otherwise the chosen prompt
  /// is not believed, and the original stands for itself.
  package func believed(minimumFreshGain: Double) -> PromptPair {
    let isKept = optimum.chosenID == optimum.originalID
    if isKept || optimum.freshCount > 0 && optimum.freshGain >= minimumFreshGain { return self }
    return PromptPair(
      task: task, kind: kind, role: role, family: family, content: content,
      originalText: originalText, chosenText: originalText, optimum: optimum)
  }
}
