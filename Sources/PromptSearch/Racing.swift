import Tasks

/// Successive halving over batches of examples within a budget of calls, so that most of the calls
/// go to good candidates.
///
/// Every round scores all that are left on the same new examples. Candidates are compared only on
/// examples that both ran on: they are ranked by their mean difference to the original, the shorter
/// first where that is equal. After a round a candidate leaves
/// - where too few of its answers could be scored (below half of the round's examples, counted where
///   the original has a score too); where that is the original itself the race ends;
/// - where it is worse than the leader with `dropConfidence`: the best one is dropped so with a
///   probability of at most 1 − `dropConfidence` in the whole race, whoever leads it meanwhile;
/// - where the next round has no room for it. Calls that early leavers save go to those who stay.
///
/// The original never leaves, and the best `finalists` are never dropped early. At the end a
/// difference of one standard error or less is a tie, ties go to the shorter, and the original is
/// kept where nothing beats it. Source: Jamieson and Talwalkar 2016, arXiv:1502.07943, for
/// successive halving; Maron and Moore 1994 for racing; the rest is ours.
///
/// - Parameters:
///   - candidates: The prompts; the first is the original.
///   - examples: How many examples there are.
///   - config: Budget and settings.
///   - evaluate: Gets candidates and a range of examples; returns a row of scores within 0...1 for
///     each candidate, nil where there is none.
/// - Returns: All scores, the winner, and why the others left.
/// - Throws: What `evaluate` throws.
/// - Precondition: There is a candidate, the settings have no problem, and every row has a place for
///   each example of the range.
public func race(
  candidates: [String], examples: Int, config: SearchConfig,
  evaluate: (_ candidates: [Int], _ examples: Range<Int>) async throws -> [[Double?]]
) async rethrows -> RaceResult {
  precondition(!candidates.isEmpty, "race: no candidate")
  if let problem = config.problem { preconditionFailure("race: \(problem)") }
  var field = RaceField(candidates, config)
  while let stage = field.nextStage(examples: examples) {
    field.cut(to: stage.candidates)
    let range = field.done..<(field.done + stage.examples)
    field.record(try await evaluate(field.survivors, range), range)
    field.dropUnscored(range)
    field.dropConfidentlyWorse()
  }
  return field.result
}

/// Who is in the race, and what is known of them.
private struct RaceField {
  private let candidates: [String]
  private let lengths: [Int]
  private let config: SearchConfig
  private var scores: [[Double?]]
  private var rounds: [RaceRound] = []
  private var departures: [Int: RaceDeparture] = [:]
  /// Everyone still in, ascending.
  private(set) var survivors: [Int]
  /// Everyone still in besides the original, best first; in their own order before the first round.
  private var ranking: [Int]

  init(_ candidates: [String], _ config: SearchConfig) {
    self.candidates = candidates
    self.config = config
    lengths = candidates.map(\.count)
    scores = candidates.map { _ in [] }
    survivors = Array(candidates.indices)
    ranking = Array(survivors.dropFirst())
  }

  /// Examples of the rounds so far.
  var done: Int { rounds.last?.examples.upperBound ?? 0 }

  private var callsLeft: Int { config.callsPerOriginal - rounds.reduce(0) { $0 + $1.calls } }

  /// nil where the race is over.
  func nextStage(examples: Int) -> RaceStage? {
    guard survivors.first == 0 else { return nil }
    return config.rounds(
      after: done, survivors: ranking.count, examples: examples, calls: callsLeft
    ).first
  }

  /// Leaves the best `count`; before the first round, the first.
  mutating func cut(to count: Int) {
    leave(
      ranking.dropFirst(count),
      rounds.isEmpty ? .beyondBudget : .outranked(round: rounds.count))
  }

  mutating func record(_ rows: [[Double?]], _ examples: Range<Int>) {
    precondition(
      rows.count == survivors.count && rows.allSatisfy { $0.count == examples.count },
      "race: \(survivors.count) candidates by \(examples.count) examples were asked for")
    precondition(
      rows.allSatisfy { $0.allSatisfy { $0.map((0...1).contains) ?? true } },
      "race: a score is outside 0...1")
    for (candidate, row) in zip(survivors, rows) { scores[candidate] += row }
    rounds.append(RaceRound(candidates: survivors, examples: examples))
  }

  mutating func dropUnscored(_ examples: Range<Int>) {
    let unscored = survivors.filter { candidate in
      let shared = sharedDifferences(
        Array(scores[candidate][examples]), Array(scores[0][examples]))
      return 2 * shared.count < examples.count
    }
    leave(unscored, .unscored(round: rounds.count))
    rank()
  }

  mutating func dropConfidentlyWorse() {
    let rivals = rounds[0].candidates.count - 1
    guard config.dropConfidence > 0, let best = ranking.first else { return }
    let leader = gain(of: best) > 0 ? best : 0
    // Any of the rivals may come to lead, and each may be unjustly ahead: hence the division.
    let certainty = Double(rivals) / (1 - config.dropConfidence)
    let worse = ranking.dropFirst(config.finalists).filter {
      evidence(thatPositive: sharedDifferences(scores[leader], scores[$0])) >= certainty
    }
    leave(worse, .confidentlyWorse(round: rounds.count))
  }

  var result: RaceResult {
    RaceResult(
      scores: scores, rounds: rounds, survivors: survivors, winner: winner,
      departures: departures)
  }

  /// The shortest of those that beat the original and that the leader does not beat.
  private var winner: Int {
    guard survivors.first == 0, !rounds.isEmpty, let leader = ranking.first else { return 0 }
    let contenders = ranking.filter {
      isBetter(scores[$0], than: scores[0]) && !isBetter(scores[leader], than: scores[$0])
    }
    return contenders.min { isShorter($0, $1) } ?? 0
  }

  private mutating func leave(_ leaving: some Sequence<Int>, _ reason: RaceDeparture) {
    for candidate in leaving { departures[candidate] = reason }
    survivors.removeAll { departures[$0] != nil }
    ranking.removeAll { departures[$0] != nil }
  }

  private mutating func rank() {
    let gains = Dictionary(uniqueKeysWithValues: ranking.map { ($0, gain(of: $0)) })
    ranking = ranking.sorted { left, right in
      let (first, second) = (gains[left] ?? 0, gains[right] ?? 0)
      return first == second ? isShorter(left, right) : first > second
    }
  }

  /// Mean difference to the original, over the examples that both have.
  private func gain(of candidate: Int) -> Double {
    RunningMoments(sharedDifferences(scores[candidate], scores[0])).mean
  }

  /// Among equally short ones the texts decide, so that the order of candidates never does.
  private func isShorter(_ left: Int, _ right: Int) -> Bool {
    (lengths[left], candidates[left]) < (lengths[right], candidates[right])
  }
}
