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

  /// A prompt's mean scores, by target.
  private typealias Means = [SplitMeans]

  private func tables(
    drawn: [Int], weights: [Double], exampleWeights: [Double], half: [Bool]
  ) -> AgreementTables {
    let targets = 0..<scores.targetCount
    var means: [Means] = []
    var weightsOfScored: [Double] = []
    for index in drawn {
      let row = targets.compactMap {
        scores.means(target: $0, prompt: prompts[index], weights: exampleWeights, half: half)
      }
      guard row.count == targets.count else { continue }  // a failed call too many
      means.append(row)
      weightsOfScored.append(weights[index])
    }
    var result = AgreementTables(scores.targetCount)
    guard !means.isEmpty else { return result }
    addTaus(of: means, weights: weightsOfScored, to: &result)
    addLosses(of: means, to: &result)
    return result
  }

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
    for a in targets {
      for b in targets[a...] {
        let taus = [(first[a], second[b]), (first[b], second[a])]
          .compactMap { $0.tau($1, weights: pairWeights) }
        if !taus.isEmpty { result.tau[a, b] = taus.reduce(0, +) / Double(taus.count) }
        result.tau[b, a] = result.tau[a, b]
        result.onAllExamples[a, b] = all[a].tau(all[b], weights: pairWeights)
        result.onAllExamples[b, a] = result.onAllExamples[a, b]
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
