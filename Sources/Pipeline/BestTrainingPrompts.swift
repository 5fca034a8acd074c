import FeedbackStore
import PromptSearch
import Tasks
import Tensors

/// The best prompts of the training set: the baselines that a rewriter has to beat.
///
/// The leaders of the races are compared once more on common examples that no race used: the best
/// of hundreds of noisy means would otherwise be a lucky one. Nor are they compared on examples that
/// are evaluated on. Ours (O).
package struct BestTrainingPrompts: Sendable {
  private let byTask: [String: String]
  private let byContent: [String: String]

  /// Leaders that are compared once more, for each task and for each content.
  static let leaders = 5
  /// Examples for that.
  static let examples = 64

  /// - Parameter evaluated: The examples of a task that the baselines will be judged by.
  /// - Throws: `RunError.noData` where those are all examples that there are; what scoring throws.
  init(
    _ run: Run, _ scorer: PromptScorer, without evaluated: (PromptTask) -> [Example]
  ) async throws {
    let rankings = try run.store.rankings(target: scorer.targetID)
    var (byTask, byContent) = ([String: String](), [String: String]())
    for entry in run.pool.tasks {
      let ofTask = Self.candidates(
        rankings.filter { $0.task == entry.task.name },
        raced: run.configuration.dataset.racedExamples(of: entry.task))
      var random = SplitMix64(seed: run.configuration.seed, stream: "baselines \(entry.task.name)")
      let reserved = Set(evaluated(entry.task).map(\.id))
      let examples = entry.task.examples
        .filter { $0.split == .dev && !reserved.contains($0.id) }.shuffled(using: &random)
      guard !examples.isEmpty else {
        throw RunError.noData(
          "task '\(entry.task.name)' has no dev example left to choose the baselines by: "
            + "'evaluation.split' is dev, so 'evaluation.examples' must leave some")
      }
      byTask[entry.task.name] = try await Self.best(
        of: ofTask, entry.task, examples, scorer)
      for (content, candidates) in Dictionary(grouping: ofTask, by: \.content) {
        byContent[Self.key(entry.task.name, content)] = try await Self.best(
          of: candidates, entry.task, examples, scorer)
      }
    }
    (self.byTask, self.byContent) = (byTask, byContent)
  }

  /// The best of the task, whatever its content.
  func of(task: String) -> String? { byTask[task] }

  /// The best of the task with this content.
  func of(task: String, content: String) -> String? { byContent[Self.key(task, content)] }

  private static func key(_ task: String, _ content: String) -> String { "\(task)\n\(content)" }

  private struct Candidate {
    let content: String
    let prompt: RankedPrompt
  }

  /// Each prompt once, the best first, among those that reached the last round of their race.
  private static func candidates(_ rankings: [PromptRanking], raced planned: Int) -> [Candidate] {
    var seen: Set<Int64> = []
    return rankings.flatMap { ranking in
      finalists(of: ranking, raced: planned)
        .filter { seen.insert($0.promptID).inserted }
        .map { Candidate(content: ranking.content, prompt: $0) }
    }.sorted { ($0.prompt.mean, -$0.prompt.promptID) > ($1.prompt.mean, -$1.prompt.promptID) }
  }

  /// The candidates that reached the last round of their race; a few of its calls may have failed.
  /// That `mapo optimize` scores on more examples than a race puts no finalist out, and candidates of a
  /// user's own prompt are none of the training set's.
  ///
  /// - Parameter planned: Examples of a whole race.
  package static func finalists(of ranking: PromptRanking, raced planned: Int) -> [RankedPrompt] {
    if ranking.candidates.contains(where: { $0.origin == OptimizationSubject.userOrigin }) {
      return []
    }
    let others = ranking.candidates.filter { $0.promptID != ranking.originalID }
    let raced = others.filter { OptimizationMethod(rawValue: $0.origin) == nil }
    let longest = raced.map(\.sharedCount).max() ?? 0
    // What raced may have been found again by optimising, and scored on more.
    let needed = 0.9 * Double(raced.count < others.count ? min(longest, planned) : longest)
    return ranking.candidates.filter { Double($0.sharedCount) >= needed }
  }

  private static func best(
    of candidates: [Candidate], _ task: PromptTask, _ examples: [Example], _ scorer: PromptScorer
  ) async throws -> String? {
    let leaders = candidates.prefix(leaders).compactMap { candidate -> PromptScorer.Item? in
      guard let model = task.prompts.first(where: { $0.content == candidate.content }) else {
        return nil
      }
      let prompt = model.reworded(candidate.prompt.text)
      let known = Set(task.examples(for: prompt, in: .dev).map(\.id))
      return PromptScorer.Item(
        promptID: candidate.prompt.promptID, prompt: prompt, task: task,
        examples: Array(examples.filter { known.contains($0.id) }.prefix(Self.examples)))
    }
    let means = try await scorer.scores(leaders, purpose: .fresh).map {
      RunningMoments($0.compactMap(\.self)).mean
    }
    // Ties go to the better in the race.
    let first = means.indices.max { (means[$0], -$0) < (means[$1], -$1) }
    return first.map { leaders[$0].prompt.text }
  }
}

extension DatasetConfiguration {
  /// Examples of a race's finalists.
  fileprivate func racedExamples(of task: PromptTask) -> Int {
    let train = task.examples.count { $0.split == .train }
    return search.rounds(candidates: candidates, examples: train).reduce(0) { $0 + $1.examples }
  }
}
