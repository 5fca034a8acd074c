import Alignment
import FeedbackStore
import Rewriting
import Tasks

/// Turns rows of the feedback store into what the trainers learn from. The only place where both
/// sides are known.
struct AlignmentData {
  let format: RewriterFormat

  /// One original with what it takes to check and score a rewrite of it.
  struct Original {
    let text: String
    let kind: PromptKind
    let prompt: Prompt
    let task: PromptTask
    /// Family of descent, near-duplicates joined.
    let cluster: String
  }

  /// Pairs for supervised fine-tuning. A chosen prompt whose gain on fresh examples is below the
  /// bound is not believed: the original then stands for itself.
  func supervisedExamples(
    _ pairs: [PromptPair], minimumFreshGain: Double
  ) -> [SequenceExample] {
    pairs.map { pair in
      let isBelieved = pair.optimum.freshGain >= minimumFreshGain
      let chosen = isBelieved ? pair.chosenText : pair.originalText
      return SequenceExample(
        prompt: format.prompt(pair.originalText, kind: PromptKind(rawValue: pair.kind)),
        response: format.response(chosen))
    }
  }

  /// Rankings for the reward model and RRMF: at most `candidates` of each, spread evenly from the
  /// best to the worst.
  func rankingExamples(_ rankings: [PromptRanking], candidates: Int? = nil) -> [RankingExample] {
    rankings.map { ranking in
      let chosen = candidates.map { spread($0, over: ranking.candidates) } ?? ranking.candidates
      return RankingExample(
        prompt: format.prompt(ranking.originalText, kind: PromptKind(rawValue: ranking.kind)),
        candidates: chosen.map { format.response($0.text) }, scores: chosen.map { Float($0.mean) })
    }
  }

  private func spread(_ count: Int, over candidates: [RankedPrompt]) -> [RankedPrompt] {
    guard count > 1, candidates.count > count else { return Array(candidates.prefix(count)) }
    return (0..<count).map { candidates[$0 * (candidates.count - 1) / (count - 1)] }
  }

  /// The training prompts of all tasks.
  static func originals(_ tasks: [SplitTask]) -> [Original] {
    tasks.flatMap { entry in
      entry.split.indices(in: .train).map { index in
        let prompt = entry.task.prompts[index]
        return Original(
          text: prompt.text, kind: entry.kind, prompt: prompt, task: entry.task,
          cluster: entry.split.assignments[index].cluster)
      }
    }
  }

  func prompt(_ original: Original) -> [Int32] {
    format.prompt(original.text, kind: original.kind)
  }
}
