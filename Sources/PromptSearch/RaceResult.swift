import Tasks

/// Why a candidate left a race. Rounds are counted from 1.
public enum RaceDeparture: Equatable, Sendable {
  /// It never ran: the budget does not pay a first round for so many.
  case beyondBudget
  /// Fewer than half of the round's examples gave it and the original a score.
  case unscored(round: Int)
  /// After the round it was worse than the leader with the confidence asked for.
  case confidentlyWorse(round: Int)
  /// After the round others were better, and there was no room for more.
  case outranked(round: Int)
}

/// A round as it was run.
public struct RaceRound: Equatable, Sendable {
  /// The candidates that ran, ascending; 0 is the original.
  public let candidates: [Int]
  /// The examples they ran on.
  public let examples: Range<Int>

  /// Calls that the round took.
  public var calls: Int { candidates.count * examples.count }
}

/// What a race measured and whom it chose.
public struct RaceResult: Equatable, Sendable {
  /// Scores of each candidate, in the order of the examples, nil where there is none; the earlier
  /// it left, the fewer.
  public let scores: [[Double?]]
  /// The rounds in order.
  public let rounds: [RaceRound]
  /// The candidates that are left after the last round, ascending; 0 is the original.
  public let survivors: [Int]
  /// The chosen candidate: 0 where nothing beat the original.
  public let winner: Int
  /// Why the others left, by candidate.
  public let departures: [Int: RaceDeparture]

  /// Calls that the race took.
  public var calls: Int { rounds.reduce(0) { $0 + $1.calls } }

  /// Count, mean and variance of a candidate's scores.
  public func moments(of candidate: Int) -> RunningMoments {
    RunningMoments(scores[candidate].compactMap(\.self))
  }

  /// Count, mean and variance of how much better `candidate` is than `other`, over the examples that
  /// both have.
  public func gain(of candidate: Int, over other: Int) -> RunningMoments {
    RunningMoments(sharedDifferences(scores[candidate], scores[other]))
  }
}

/// Left less right, example by example, for the examples that both have.
public func sharedDifferences(_ left: [Double?], _ right: [Double?]) -> [Double] {
  zip(left, right).compactMap { left, right in
    guard let left, let right else { return nil }
    return left - right
  }
}

/// Whether `left` is above `right` by more than one standard error of the mean difference, over
/// the examples that both have.
///
/// Leading on a single example is a difference of exactly one standard error, 1 / n, and is a tie
/// whatever the rounding.
public func isBetter(_ left: [Double?], than right: [Double?]) -> Bool {
  let differences = RunningMoments(sharedDifferences(left, right))
  return differences.mean > 0 && differences.mean > differences.standardError * (1 + 1e-9)
}
