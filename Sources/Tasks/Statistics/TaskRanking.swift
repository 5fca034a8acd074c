/// One task with its halvings.
struct TaskRanking {
  /// Its groups of prompts.
  let groups: [GroupRanking]
  private let scores: TargetScores

  init(
    _ scores: TargetScores, halvings: Int, using generator: inout some RandomNumberGenerator
  ) {
    self.scores = scores
    let count = scores.exampleCount
    let halves = (0..<halvings).map { _ in
      (0..<count).map { $0 < count / 2 }.shuffled(using: &generator)
    }
    groups = scores.groups.map { GroupRanking(scores, prompts: $0, halves: halves) }
  }

  /// Every prompt and example once.
  func measure() -> [AgreementTables] {
    let examples = [Double](repeating: 1, count: scores.exampleCount)
    return zip(groups, scores.groups).map { group, prompts in
      var tables = group.tables(weights: prompts.map { _ in 1 }, exampleWeights: examples)
      tables.opposite = group.oppositePairs()
      return tables
    }
  }

  /// Prompts and examples drawn with replacement.
  func resample(using generator: inout some RandomNumberGenerator) -> [AgreementTables] {
    var examples = [Double](repeating: 0, count: scores.exampleCount)
    drawMultiplicities(into: &examples, using: &generator)
    var result: [AgreementTables] = []
    for (group, prompts) in zip(groups, scores.groups) {
      var weights = [Double](repeating: 0, count: prompts.count)
      drawMultiplicities(into: &weights, using: &generator)
      result.append(group.tables(weights: weights, exampleWeights: examples))
    }
    return result
  }
}
