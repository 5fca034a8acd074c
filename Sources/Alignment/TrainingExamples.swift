import LanguageModels

/// A prompt and the response that is to be learned, in tokens.
public struct SequenceExample: Sendable, Equatable {
  /// What the model reads, at least one token.
  public var prompt: [Int32]
  /// What it is to write, with its end token.
  public var response: [Int32]
  /// Which tokens of the response are learned; nil for all of them.
  public var isTarget: [Bool]?

  /// - Precondition: `isTarget`, where given, has an entry for each token of the response, and one
  ///   of them at least is true.
  public init(prompt: [Int32], response: [Int32], isTarget: [Bool]? = nil) {
    if let isTarget {
      precondition(
        isTarget.count == response.count && isTarget.contains(true),
        "example: \(isTarget.count) marks for \(response.count) tokens")
    }
    self.prompt = prompt
    self.response = response
    self.isTarget = isTarget
  }

  /// The number of tokens that are learned.
  var targetCount: Int { isTarget?.count { $0 } ?? response.count }
}

/// One prompt and several candidates with their measured scores.
public struct RankingExample: Sendable, Equatable {
  /// What the model reads.
  public var prompt: [Int32]
  /// The candidates, each with its end token.
  public var candidates: [[Int32]]
  /// Score of each candidate, higher is better.
  public var scores: [Float]

  /// - Precondition: As many scores as candidates.
  public init(prompt: [Int32], candidates: [[Int32]], scores: [Float]) {
    precondition(candidates.count == scores.count, "ranking: counts differ")
    self.prompt = prompt
    self.candidates = candidates
    self.scores = scores
  }
}

/// Prompts and responses in one packed batch.
package struct ResponseBatch {
  package let batch: PackedBatch
  package let responses: ResponseTokens
  /// Whether each token of the responses is learned.
  package let isTarget: [Bool]

  package init(_ examples: [SequenceExample]) {
    batch = PackedBatch(examples.map { $0.prompt + $0.response })
    responses = ResponseTokens(batch, promptCounts: examples.map(\.prompt.count))
    isTarget = examples.flatMap {
      $0.isTarget ?? [Bool](repeating: true, count: $0.response.count)
    }
  }

  init(_ rankings: [RankingExample]) {
    self.init(
      rankings.flatMap { ranking in
        ranking.candidates.map { SequenceExample(prompt: ranking.prompt, response: $0) }
      })
  }

  /// The last row of each sequence.
  var lastRows: [Int] { batch.offsets.dropFirst().map { $0 - 1 } }
}

extension [RankingExample] {
  /// Where each ranking's candidates begin, then their number.
  package var groups: [Int] {
    reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.candidates.count) }
  }
}
