import Foundation

/// How much one race may cost, and how it spends it.
public struct SearchConfig: Codable, Equatable, Sendable {
  /// Calls to the target that one race may make, those of the original among them.
  public var callsPerOriginal: Int
  /// Examples that every candidate is scored on before the first is left behind.
  public var firstExamples: Int
  /// Factor, at least 1.1, by which the number of candidates shrinks from round to round.
  public var reduction: Double
  /// Confidence, in 0..<1, with which a candidate must be worse than the leader to be dropped
  /// before its number comes up; 0 drops none early.
  public var dropConfidence: Double
  /// Candidates besides the original that reach the last round, where there are as many.
  public var finalists: Int

  /// Settings of a race.
  public init(
    callsPerOriginal: Int, firstExamples: Int, reduction: Double, dropConfidence: Double,
    finalists: Int
  ) {
    self.callsPerOriginal = callsPerOriginal
    self.firstExamples = firstExamples
    self.reduction = reduction
    self.dropConfidence = dropConfidence
    self.finalists = finalists
  }

  /// What is wrong with the settings, beginning with the key; nil where nothing is.
  public var problem: String? {
    for (key, count) in [
      ("firstExamples", firstExamples), ("finalists", finalists),
      ("callsPerOriginal", callsPerOriginal),
    ] where !(1...1_000_000_000).contains(count) {
      return "\(key) is \(count), outside 1...1000000000"
    }
    if !(reduction >= 1.1 && reduction.isFinite) {
      return "reduction is \(reduction), not a number of 1.1 or more"
    }
    if !(dropConfidence >= 0 && dropConfidence < 1) {
      return "dropConfidence is \(dropConfidence), not from 0 to below 1"
    }
    let least = firstExamples * (finalists + 1)
    return callsPerOriginal < least
      ? "callsPerOriginal is \(callsPerOriginal), but one round of the original and \(finalists) "
        + "finalists on \(firstExamples) examples takes \(least)" : nil
  }
}

/// One round of a race: all that are still in it run on the same new examples.
public struct RaceStage: Equatable, Sendable {
  /// How many candidates run besides the original.
  public let candidates: Int
  /// How many new examples each is scored on.
  public let examples: Int

  /// A round.
  public init(candidates: Int, examples: Int) {
    self.candidates = candidates
    self.examples = examples
  }

  /// Calls that the round takes, the original's among them.
  public var calls: Int { (candidates + 1) * examples }
}

extension SearchConfig {
  /// The rounds of a race that nobody leaves early.
  ///
  /// From round to round the candidates shrink by `reduction`, down to the finalists, and the
  /// examples that each has seen grow by one factor, the greatest that the budget and the number of
  /// examples allow. Where the examples run out before the budget does, the first round gets more
  /// of them. The last round takes what is left.
  ///
  /// - Parameters:
  ///   - candidates: How many there are besides the original. Only as many take part as the budget
  ///     can pay the first round for, and the finalists another one as long.
  ///   - examples: How many there are.
  /// - Returns: Rounds of together at most `callsPerOriginal` calls and at most `examples` examples;
  ///   none where there is no candidate or no example.
  public func rounds(candidates: Int, examples: Int) -> [RaceStage] {
    let first = min(firstExamples, examples)
    guard first > 0 else { return [] }
    let again = min(first, examples - first)
    let reserve = (finalists + 1) * again
    let payable = max(finalists, (callsPerOriginal - reserve) / first - 1)
    return RacePlan(
      sizes: sizes(from: min(candidates, payable)), base: Double(first), power: 0,
      done: 0, examples: examples, calls: callsPerOriginal
    ).rounds
  }

  /// The rounds that can follow: `survivors` candidates besides the original have run on `done`
  /// examples, and `calls` calls are left.
  func rounds(after done: Int, survivors: Int, examples: Int, calls: Int) -> [RaceStage] {
    if done == 0 { return rounds(candidates: survivors, examples: examples) }
    return RacePlan(
      sizes: sizes(from: reduced(survivors)), base: Double(done), power: 1, done: done,
      examples: examples, calls: calls
    ).rounds
  }

  private func reduced(_ candidates: Int) -> Int {
    let share = Int((Double(candidates) / reduction).rounded(.up))
    return min(candidates, max(finalists, min(share, candidates - 1)))
  }

  /// Candidates of each round, from `first` down to the finalists; none where there is none.
  private func sizes(from first: Int) -> [Int] {
    var sizes = first > 0 ? [first] : []
    while let last = sizes.last, reduced(last) < last { sizes.append(reduced(last)) }
    return sizes
  }
}

/// Divides calls and examples among rounds of given sizes.
private struct RacePlan {
  /// Candidates of each round besides the original.
  let sizes: [Int]
  /// The examples seen by the end of round j are base · growth^(j + power).
  let base: Double
  let power: Int
  /// Examples seen before.
  let done: Int
  /// Examples that there are.
  let examples: Int
  /// Calls that may be made.
  let calls: Int

  var rounds: [RaceStage] {
    guard !sizes.isEmpty else { return [] }
    let last = sizes.count - 1
    let most = Double(examples)
    let growth = largest(in: 1...max(1, pow(most / base, 1 / Double(max(1, last + power))))) {
      isPayable(growing(by: $0))
    }
    // A longer first round can be paid only where growth was bounded by the examples.
    let start = base * pow(growth, Double(power))
    let first = largest(in: start...max(start, most)) { isPayable(reaching(most, from: $0)) }
    let longest = reaching(most, from: first)
    return stages(isPayable(longest) ? longest : growing(by: growth))
  }

  /// Examples seen by the end of each round, growing by a factor.
  private func growing(by growth: Double) -> [Double] {
    sizes.indices.map { base * pow(growth, Double($0 + power)) }
  }

  /// Examples seen by the end of each round, from `first` to `most` by one factor.
  private func reaching(_ most: Double, from first: Double) -> [Double] {
    let last = Double(max(1, sizes.count - 1))
    return sizes.indices.map { first * pow(most / first, Double($0) / last) }
  }

  private func isPayable(_ seen: [Double]) -> Bool {
    cost(of: seen) <= Double(calls) * (1 + 1e-12)
  }

  private func cost(of seen: [Double]) -> Double {
    zip(sizes, zip(seen, [Double(done)] + seen)).reduce(0) { sum, round in
      sum + Double(round.0 + 1) * (round.1.0 - round.1.1)
    }
  }

  /// Whole examples; rounding down can only make it cheaper, and the last round takes what is left.
  private func stages(_ seen: [Double]) -> [RaceStage] {
    var (done, left) = (done, calls)
    return zip(sizes, seen).enumerated().compactMap { round, target in
      let affordable = min(examples - done, left / (target.0 + 1))
      let planned = Int(target.1 * (1 + 1e-12)) - done
      let stage = RaceStage(
        candidates: target.0,
        examples: round == sizes.count - 1 ? affordable : min(planned, affordable))
      guard stage.examples > 0 else { return nil }
      done += stage.examples
      left -= stage.calls
      return stage
    }
  }
}

/// The largest number of a range that fits, to within rounding, where all below one that fits do;
/// the lower bound where none does.
private func largest(
  in range: ClosedRange<Double>, where fits: (Double) -> Bool
) -> Double {
  if fits(range.upperBound) { return range.upperBound }
  var (low, high) = (range.lowerBound, range.upperBound)
  for _ in 0..<60 {
    let middle = (low + high) / 2
    if fits(middle) { low = middle } else { high = middle }
  }
  return low
}
