import Tasks

/// One round of a race.
public struct RaceStage: Codable, Equatable, Sendable {
  /// How many new examples every survivor is scored on.
  public let examples: Int
  /// How many candidates besides the original go on.
  public let keep: Int

  /// A round.
  public init(examples: Int, keep: Int) {
    self.examples = examples
    self.keep = keep
  }
}

/// What a race measured and whom it chose.
public struct RaceResult: Equatable, Sendable {
  /// Scores of each candidate, in the order of the examples; the earlier it was dropped, the
  /// fewer.
  public let scores: [[Double]]
  /// The candidates that were scored in every round, ascending; 0 is the original.
  public let survivors: [Int]
  /// The chosen candidate: 0 where nothing beat the original.
  public let winner: Int

  /// Count, mean and variance of a candidate's scores.
  public func moments(of candidate: Int) -> RunningMoments { RunningMoments(scores[candidate]) }
}

/// Successive halving over batches of examples, so that most of the calls go to good candidates.
///
/// Every round scores all survivors on the same new examples, then keeps the best by their mean
/// over all examples so far (on which all survivors ran; the shorter first where means are equal)
/// and the original. At the end candidates are compared on the examples that both ran on; a
/// difference of one standard error or less is a tie, ties go to the shorter, and the original
/// is kept where nothing beats it. Source: Jamieson and Talwalkar 2016, arXiv:1502.07943; ties and
/// the original's right to stay are our own.
///
/// - Parameters:
///   - candidates: The prompts; the first is the original.
///   - schedule: The rounds, in order.
///   - evaluate: Gets candidates and a range of examples; returns a row of scores for each
///     candidate, or nil for one that could not be scored: it leaves the race, and keeps what it
///     had. Where that happens to the original, the race ends and the original is kept.
/// - Returns: All scores, and the winner.
/// - Throws: What `evaluate` throws.
/// - Precondition: There is a candidate, and a row has a score for each example of the range.
public func race(
  candidates: [String], schedule: [RaceStage],
  evaluate: (_ candidates: [Int], _ examples: Range<Int>) async throws -> [[Double]?]
) async rethrows -> RaceResult {
  precondition(!candidates.isEmpty, "race: no candidate")
  var scores: [[Double]] = candidates.map { _ in [] }
  var survivors = Array(candidates.indices)
  var finalists = survivors
  var done = 0
  for stage in schedule {
    let range = done..<(done + stage.examples)
    let rows = try await evaluate(survivors, range)
    precondition(
      rows.count == survivors.count && rows.allSatisfy { $0?.count ?? range.count == range.count },
      "race: \(survivors.count) candidates by \(range.count) examples were asked for")
    for (candidate, row) in zip(survivors, rows) { scores[candidate] += row ?? [] }
    survivors = zip(survivors, rows).filter { $1 != nil }.map(\.0)
    guard survivors.first == 0 else {
      return RaceResult(scores: scores, survivors: survivors, winner: 0)
    }
    finalists = survivors
    survivors = best(stage.keep, of: survivors, candidates: candidates, scores: scores)
    done = range.upperBound
  }
  return RaceResult(
    scores: scores, survivors: finalists,
    winner: winner(among: survivors, candidates: candidates, scores: scores))
}

/// The original and the `count` best of the others, ascending.
private func best(
  _ count: Int, of survivors: [Int], candidates: [String], scores: [[Double]]
) -> [Int] {
  let means = scores.map { RunningMoments($0).mean }
  let others = survivors.filter { $0 != 0 }.sorted {
    (-means[$0], candidates[$0].count, $0) < (-means[$1], candidates[$1].count, $1)
  }
  return [0] + others.prefix(count).sorted()
}

private func winner(among survivors: [Int], candidates: [String], scores: [[Double]]) -> Int {
  let means = scores.map { RunningMoments($0).mean }
  let ranked = survivors.sorted {
    (-means[$0], candidates[$0].count, $0) < (-means[$1], candidates[$1].count, $1)
  }
  guard let leader = ranked.first else { return 0 }
  let contenders = ranked.filter { candidate in
    candidate != 0 && isBetter(scores[candidate], than: scores[0])
      && !isBetter(scores[leader], than: scores[candidate])
  }
  return contenders.min { (candidates[$0].count, $0) < (candidates[$1].count, $1) } ?? 0
}

/// Whether `left` is above `right` by more than one standard error of the mean difference, over
/// the examples that both have.
///
/// Leading on a single example is a difference of exactly one standard error, 1 / n, and is a tie
/// whatever the rounding.
public func isBetter(_ left: [Double], than right: [Double]) -> Bool {
  let differences = RunningMoments(zip(left, right).map { $0 - $1 })
  return differences.mean > 0 && differences.mean > differences.standardError * (1 + 1e-9)
}
