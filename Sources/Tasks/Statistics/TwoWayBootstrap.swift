/// A mean with the interval that it lies in.
public struct Interval: Sendable, Equatable, Codable {
  /// The estimate itself, from the data as they are.
  public let mean: Double
  /// Lower bound.
  public let low: Double
  /// Upper bound.
  public let high: Double

  /// An estimate and its bounds.
  public init(mean: Double, low: Double, high: Double) {
    self.mean = mean
    self.low = low
    self.high = high
  }
}

/// The paired differences of one task: for each prompt and example, the score of one method less
/// the score of the other. Not every prompt needs every example (a failed call has no score).
public struct PairedDifferences: Sendable, Equatable {
  let promptCount: Int
  let exampleCount: Int
  /// The differences row by row, 0 where there is none.
  let values: [Double]
  /// 1 where there is a difference, otherwise 0.
  let present: [Double]

  /// The differences `[prompt][example]`; nil where there is none. Short rows are filled up.
  /// - Precondition: There is at least one difference, and all are finite.
  public init(_ differences: [[Double?]]) {
    let columns = differences.map(\.count).max() ?? 0
    let cells = differences.flatMap { row in
      row + [Double?](repeating: nil, count: columns - row.count)
    }
    precondition(cells.contains { $0 != nil }, "no differences")
    precondition(cells.allSatisfy { $0?.isFinite ?? true }, "a difference that is not finite")
    promptCount = differences.count
    exampleCount = columns
    values = cells.map { $0 ?? 0 }
    present = cells.map { $0 == nil ? 0 : 1 }
  }

  /// Mean over all differences.
  public var mean: Double { values.reduce(0, +) / present.reduce(0, +) }
}

/// Mean of the tasks' mean differences, with a percentile interval from resampling prompts and
/// examples within each task; the tasks are fixed.
///
///     task mean = Σₚₑ wₚ vₑ dₚₑ / Σₚₑ wₚ vₑ    over the cells that are present
///
/// with wₚ and vₑ how often prompt p and example e were drawn, with replacement, as many as there
/// are. Resampling the pairs alone would treat scores that share a prompt or an example as
/// independent, and intervals come out too narrow.
///
/// Source: the pigeonhole bootstrap, Owen 2007, arXiv:0712.1111; it is on the wide side where
/// noise of the single cell outweighs the effects of prompts and examples. A draw that leaves a
/// task without any cell is drawn again (ours; it happens only with very ragged data).
///
/// - Parameters:
///   - tasks: The differences of each task.
///   - resamples: How often to draw; 2,000 is ample for 95 %.
///   - confidence: Coverage aimed at, in 0..<1, such as 0.95.
///   - generator: Draws prompts and examples.
/// - Precondition: At least one task and one resample.
public func twoWayBootstrap(
  _ tasks: [PairedDifferences], resamples: Int, confidence: Double,
  using generator: inout some RandomNumberGenerator
) -> Interval {
  precondition(!tasks.isEmpty && resamples > 0, "twoWayBootstrap: nothing to resample")
  var totals = [Double](repeating: 0, count: resamples)
  for task in tasks {
    var resampler = Resampler(task)
    for index in totals.indices { totals[index] += resampler.mean(using: &generator) }
  }
  let count = Double(tasks.count)
  let sorted = totals.map { $0 / count }.sorted()
  let tail = (1 - confidence) / 2
  return Interval(
    mean: tasks.reduce(0) { $0 + $1.mean } / count,
    low: quantile(tail, ofSorted: sorted), high: quantile(1 - tail, ofSorted: sorted))
}

/// The quantile at `position` in 0...1, with linear interpolation between neighbours.
/// - Precondition: `sorted` is ascending and not empty.
package func quantile(_ position: Double, ofSorted sorted: [Double]) -> Double {
  let place = position * Double(sorted.count - 1)
  let below = Int(place)
  let above = min(below + 1, sorted.count - 1)
  return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
}

/// Draws means of one task; holds the buffers of a draw.
private struct Resampler {
  private let task: PairedDifferences
  private var promptWeights: [Double]
  private var exampleWeights: [Double]
  private var sums: [Double]
  private var weights: [Double]

  init(_ task: PairedDifferences) {
    self.task = task
    promptWeights = Array(repeating: 0, count: task.promptCount)
    exampleWeights = Array(repeating: 0, count: task.exampleCount)
    sums = exampleWeights
    weights = exampleWeights
  }

  mutating func mean(using generator: inout some RandomNumberGenerator) -> Double {
    while true {
      drawMultiplicities(into: &promptWeights, using: &generator)
      drawMultiplicities(into: &exampleWeights, using: &generator)
      sumOverPrompts()
      var sum = 0.0
      var weight = 0.0
      for example in exampleWeights.indices {
        sum += exampleWeights[example] * sums[example]
        weight += exampleWeights[example] * weights[example]
      }
      if weight > 0 { return sum / weight }
    }
  }

  /// The weighted sum of each example's column, and the weight that is in it.
  private mutating func sumOverPrompts() {
    for example in sums.indices {
      sums[example] = 0
      weights[example] = 0
    }
    for (prompt, weight) in promptWeights.enumerated() where weight > 0 {
      let row = prompt * task.exampleCount
      for example in sums.indices {
        sums[example] += weight * task.values[row + example]
        weights[example] += weight * task.present[row + example]
      }
    }
  }
}

/// Draws as many numbers as there are places, with replacement, and counts each.
func drawMultiplicities(
  into counts: inout [Double], using generator: inout some RandomNumberGenerator
) {
  for index in counts.indices { counts[index] = 0 }
  for _ in counts.indices { counts[Int.random(in: counts.indices, using: &generator)] += 1 }
}
