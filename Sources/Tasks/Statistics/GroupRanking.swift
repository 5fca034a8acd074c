/// Measures how targets rank the prompts of one group, as often as weights are given.
package struct GroupRanking {
  private let scores: TargetScores
  private let prompts: [Int]
  /// Whether an example is in the first half, for each halving.
  private let halves: [[Bool]]

  package init(_ scores: TargetScores, prompts: [Int], halves: [[Bool]]) {
    (self.scores, self.prompts, self.halves) = (scores, prompts, halves)
  }

  /// Means over the halvings.
  ///
  /// - Parameters:
  ///   - weights: How often each prompt of the group counts.
  ///   - exampleWeights: How often each example counts.
  package func tables(weights: [Double], exampleWeights: [Double]) -> AgreementTables {
    let drawn = prompts.indices.filter { weights[$0] > 0 }
    let measured = halves.map { half in
      tables(drawn: drawn, weights: weights, exampleWeights: exampleWeights, half: half)
    }
    return AgreementTables.mean(of: measured, count: scores.targetCount)
  }

  /// How many of the prompts are compared in any halving: those that every target has answered.
  var comparedPrompts: Int {
    let examples = [Double](repeating: 1, count: scores.exampleCount)
    return prompts.count { prompt in
      halves.contains { means(of: prompt, weights: examples, half: $0) != nil }
    }
  }

  /// The share of the pairs of prompts that two targets clearly put in opposite order.
  func oppositePairs() -> PairTable {
    let targets = 0..<scores.targetCount
    let orders = targets.map { scores.clearOrder(of: prompts, target: $0) }
    var result = PairTable(scores.targetCount)
    for a in targets {
      for b in targets { result[a, b] = orders[a].shareOpposite(orders[b]) }
    }
    return result
  }

  /// A prompt's mean scores, by target.
  private typealias Means = [SplitMeans]

  /// nil where a target has not answered on both halves: a failed call too many.
  private func means(of prompt: Int, weights: [Double], half: [Bool]) -> Means? {
    let row = (0..<scores.targetCount).compactMap {
      scores.means(target: $0, prompt: prompt, weights: weights, half: half)
    }
    return row.count == scores.targetCount ? row : nil
  }

  private func tables(
    drawn: [Int], weights: [Double], exampleWeights: [Double], half: [Bool]
  ) -> AgreementTables {
    var means: [Means] = []
    var weightsOfScored: [Double] = []
    for index in drawn {
      guard let row = self.means(of: prompts[index], weights: exampleWeights, half: half) else {
        continue
      }
      means.append(row)
      weightsOfScored.append(weights[index])
    }
    var result = AgreementTables(scores.targetCount)
    guard !means.isEmpty else { return result }
    addTaus(of: means, weights: weightsOfScored, to: &result)
    addLosses(of: means, to: &result)
    return result
  }

  /// Of a pair of targets, all or nothing: where one of them scores all prompts alike on one half,
  /// the halving counts neither for their τ nor for the split-half τ that it is compared with.
  private func addTaus(
    of means: [Means], weights: [Double], to result: inout AgreementTables
  ) {
    let pairWeights = PairOrder.weights(weights)
    let targets = 0..<scores.targetCount
    func orders(_ mean: (SplitMeans) -> Double) -> [PairOrder] {
      targets.map { target in
        PairOrder(means.map { mean($0[target]) }, tolerance: PairOrder.toleranceOfMeans)
      }
    }
    let (first, second, all) = (orders(\.first), orders(\.second), orders(\.all))
    let taus = first.map { one in second.map { one.tau($0, weights: pairWeights) } }
    for a in targets {
      for b in targets {
        guard let ab = taus[a][b], let ba = taus[b][a], let own = taus[a][a] else { continue }
        result.tau[a, b] = (ab + ba) / 2
        result.splitHalf[a, b] = own
        result.onAllExamples[a, b] = all[a].tau(all[b], weights: pairWeights)
      }
    }
  }

  /// What each target loses with the best prompt of another instead of its own: both are chosen on
  /// one half and judged on the other, and the halves then change places. Prompts that tie for the
  /// best count alike.
  private func addLosses(of means: [Means], to result: inout AgreementTables) {
    let targets = 0..<scores.targetCount
    let ways: [(chooser: (SplitMeans) -> Double, judge: (SplitMeans) -> Double)] = [
      (\.first, \.second), (\.second, \.first),
    ]
    let best = ways.map { way in
      targets.map { target in Self.best(means.map { way.chooser($0[target]) }) }
    }
    for b in targets {
      let worths = zip(ways, best).map { way, best in
        best.map { RunningMoments($0.map { way.judge(means[$0][b]) }).mean }
      }
      for a in targets {
        result.loss[a, b] = worths.reduce(0) { $0 + $1[b] - $1[a] } / Double(ways.count)
      }
    }
  }

  /// Numbers of the highest scores.
  private static func best(_ scores: [Double]) -> [Int] {
    let highest = scores.max() ?? 0
    return scores.indices.filter { scores[$0] >= highest - PairOrder.toleranceOfMeans }
  }
}
