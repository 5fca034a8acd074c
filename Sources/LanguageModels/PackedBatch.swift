/// Sequences of different lengths, one after another without padding.
public struct PackedBatch: Sendable, Equatable {
  /// The tokens of all sequences.
  public let tokens: [Int32]
  /// Where each sequence begins, and last the number of tokens.
  public let offsets: [Int]

  /// Packs the sequences in the order given.
  public init(_ sequences: [[Int32]]) {
    tokens = Array(sequences.joined())
    var offsets = [0]
    offsets.reserveCapacity(sequences.count + 1)
    for sequence in sequences { offsets.append(offsets[offsets.count - 1] + sequence.count) }
    self.offsets = offsets
  }

  /// The number of sequences.
  public var count: Int { offsets.count - 1 }

  /// The rows of one sequence.
  public func rows(_ sequence: Int) -> Range<Int> { offsets[sequence]..<offsets[sequence + 1] }

  /// The position of each token within its sequence.
  public var positions: [Int] { (0..<count).flatMap { 0..<rows($0).count } }
}

/// The tokens of a batch whose log-probability is wanted: those of the responses.
///
/// A token is predicted by the row before it, so the first token of a sequence has no prediction.
public struct ResponseTokens: Sendable, Equatable {
  /// The row that predicts each token.
  public private(set) var rows: [Int] = []
  /// The tokens.
  public private(set) var targets: [Int32] = []
  /// Where each sequence's response begins among them, and last their number.
  public private(set) var offsets = [0]

  /// - Parameters:
  ///   - batch: Packed prompts, each followed by its response.
  ///   - promptCounts: How many tokens of each sequence are prompt, at least one.
  public init(_ batch: PackedBatch, promptCounts: [Int]) {
    precondition(promptCounts.count == batch.count, "responses: \(promptCounts.count) prompts")
    for (index, promptCount) in promptCounts.enumerated() {
      let sequence = batch.rows(index)
      precondition(
        1 <= promptCount && promptCount <= sequence.count,
        "responses: prompt of \(promptCount) in a sequence of \(sequence.count)")
      for row in sequence.lowerBound + promptCount..<sequence.upperBound {
        rows.append(row - 1)
        targets.append(batch.tokens[row])
      }
      offsets.append(rows.count)
    }
  }
}
