import PromptSearch
import Tasks
import Tensors

/// What the searches chose, and what it is worth.
public struct SearchQualityReport: Codable, Equatable, Sendable {
  /// A choice among the original and its candidates.
  public struct Choice: Codable, Equatable, Sendable {
    /// Name of the search.
    public var search: String
    /// Number of the chosen candidate; 0 is the original.
    public var chosen: Int
    /// Candidates that took part; a budget may be too small for all.
    public var candidates: Int
    /// Calls that the search took.
    public var calls: Int
    /// Mean score on the examples on which the search saw it.
    public var searchMean: Double
    /// Mean score on the fresh examples.
    public var freshMean: Double
  }

  /// One original prompt.
  public struct Row: Codable, Equatable, Sendable {
    /// Name of the task.
    public var task: String
    /// Candidates besides the original.
    public var candidates: Int
    /// What each search chose.
    public var choices: [Choice]
  }

  /// One search over all prompts.
  public struct Summary: Codable, Equatable, Sendable {
    /// Name of the search.
    public var search: String
    /// Mean number of candidates that took part.
    public var candidates: Double
    /// Mean calls for a prompt, and these as a share of the exhaustive search's.
    public var calls, shareOfCalls: Double
    /// Mean scores of the chosen on the search examples and on the fresh ones.
    public var searchMean, freshMean: Double
    /// By how much the chosen look better in the search than they are: search mean less fresh mean.
    public var winnersCurse: Double
    /// Fresh score less that of the original.
    public var gain: Interval
    /// Fresh score less that of the exhaustive search's choice by the same rule.
    public var overExhaustive: Interval
    /// Share of prompts where the original was kept.
    public var kept: Double
  }

  /// Name of the target.
  public var target: String
  /// Search and fresh examples for each prompt.
  public var examples, fresh: Int
  /// Each original prompt.
  public var rows: [Row]
  /// Each search.
  public var searches: [Summary]
}

extension SearchQualityReport {
  /// What one search chose for one prompt.
  struct Pick {
    let search: String
    let chosen: Int
    let candidates: Int
    let calls: Int
    let searchMean: Double
    /// The place, among the prompt's picks, of the exhaustive search that chooses by the same rule.
    let exhaustive: Int

    /// The original, unsearched.
    init(original result: RaceResult) {
      (search, chosen, candidates, calls, exhaustive) = ("original", 0, 0, 0, 1)
      searchMean = result.moments(of: 0).mean
    }

    /// The search's own choice, where ties go to the shorter.
    init(_ search: String, _ result: RaceResult) {
      self.init(search, result.winner, result, exhaustive: 1)
    }

    /// What has the highest mean in the end.
    init(_ search: String, highestOf result: RaceResult) {
      let leader = result.survivors.max {
        result.gain(of: $0, over: 0).mean < result.gain(of: $1, over: 0).mean
      }
      self.init(search + " (highest)", leader ?? 0, result, exhaustive: 2)
    }

    private init(_ search: String, _ chosen: Int, _ result: RaceResult, exhaustive: Int) {
      (self.search, self.chosen, self.exhaustive) = (search, chosen, exhaustive)
      candidates = (result.rounds.first?.candidates.count ?? 1) - 1
      calls = result.calls
      searchMean = result.moments(of: chosen).mean
    }
  }

  /// All that is known of one prompt.
  struct Outcome {
    let task: String
    let candidates: Int
    let picks: [Pick]
    /// Scores of the chosen on the fresh examples, by candidate.
    let fresh: [Int: [Double?]]
    /// The fresh examples, unique in their task.
    let freshIDs: [String]

    func freshMean(_ pick: Pick) -> Double {
      RunningMoments((fresh[pick.chosen] ?? []).compactMap(\.self)).mean
    }
  }

  /// - Precondition: There is an outcome, and all have the same searches: the original first, then the
  ///   exhaustive one.
  init(
    target: String, examples: Int, fresh: Int, outcomes: [Outcome], resamples: Int, seed: UInt64
  ) {
    self.target = target
    (self.examples, self.fresh) = (examples, fresh)
    rows = outcomes.map { outcome in
      Row(
        task: outcome.task, candidates: outcome.candidates,
        choices: outcome.picks.map {
          Choice(
            search: $0.search, chosen: $0.chosen, candidates: $0.candidates, calls: $0.calls,
            searchMean: $0.searchMean, freshMean: outcome.freshMean($0))
        })
    }
    searches = outcomes[0].picks.indices.map { index in
      Self.summary(of: index, outcomes) { other in
        var random = SplitMix64(seed: seed, stream: "search quality bootstrap")
        return twoWayBootstrap(
          [Self.differences(index, other, outcomes)], resamples: resamples, confidence: 0.95,
          using: &random)
      }
    }
  }

  private static func summary(
    of index: Int, _ outcomes: [Outcome], over: (Int) -> Interval
  ) -> Summary {
    func mean(_ value: (Outcome, Pick) -> Double) -> Double {
      RunningMoments(outcomes.map { value($0, $0.picks[index]) }).mean
    }
    let searchMean = mean { $1.searchMean }
    let freshMean = mean { $0.freshMean($1) }
    return Summary(
      search: outcomes[0].picks[index].search,
      candidates: mean { Double($1.candidates) }, calls: mean { Double($1.calls) },
      shareOfCalls: mean { Double($1.calls) / Double($0.picks[1].calls) }, searchMean: searchMean,
      freshMean: freshMean, winnersCurse: searchMean - freshMean, gain: over(0),
      overExhaustive: over(outcomes[0].picks[index].exhaustive),
      kept: mean { $1.chosen == 0 ? 1 : 0 })
  }

  /// Fresh scores of one search less those of another. The prompts are drawn from all tasks, so they
  /// are the rows of one table; examples of different tasks are different columns.
  private static func differences(
    _ index: Int, _ other: Int, _ outcomes: [Outcome]
  ) -> PairedDifferences {
    var columns: [String: Int] = [:]
    for outcome in outcomes {
      for id in outcome.freshIDs {
        let key = "\(outcome.task) \(id)"
        columns[key] = columns[key] ?? columns.count
      }
    }
    return PairedDifferences(
      outcomes.map { outcome in
        var row = [Double?](repeating: nil, count: columns.count)
        let (left, right) = (
          outcome.fresh[outcome.picks[index].chosen] ?? [],
          outcome.fresh[outcome.picks[other].chosen] ?? []
        )
        for (id, pair) in zip(outcome.freshIDs, zip(left, right)) {
          guard let column = columns["\(outcome.task) \(id)"], let a = pair.0, let b = pair.1 else {
            continue
          }
          row[column] = a - b
        }
        return row
      })
  }
}
