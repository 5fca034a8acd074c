/// A token and how probable it is.
public struct RankedToken: Sendable, Equatable {
  /// The token.
  public let token: Int32
  /// log p, in nats.
  public let logProbability: Double
}

extension Tensor {
  /// The most probable tokens of each row of logits, best first, with their log-probabilities.
  ///
  ///     log p_y = z_y − log Σ exp z
  ///
  /// Where logits are equal, the smaller token comes first.
  ///
  /// - Parameter wanted: How many of each row; all where a row has fewer.
  /// - Precondition: `self` is `[N, V]` with V above 0, and `wanted` is above 0.
  public func leadingTokens(_ wanted: Int) -> [[RankedToken]] {
    precondition(
      shape.count == 2 && shape[1] > 0 && wanted > 0,
      "leading tokens: \(wanted) of logits \(shape)")
    let vocabulary = shape[1]
    let strideInFloats = MemoryLayout<Candidate>.stride / MemoryLayout<Float>.stride
    return (0..<shape[0]).map { row in
      withScratch(count: LogitRow.scratchCount(vocabulary)) { scratch in
        let line = LogitRow(pointer + row * vocabulary, count: vocabulary, scratch: scratch)
        return withScratch(count: vocabulary * strideInFloats) { memory in
          memory.withMemoryRebound(to: Candidate.self, capacity: vocabulary) {
            line.leading(wanted, $0)
          }
        }
      }
    }
  }

  /// Log-probabilities of some tokens of one row of logits, best first.
  ///
  /// - Precondition: `self` is `[N, V]` and has the row; `tokens` are below V.
  public func ranked(_ tokens: [Int32], row: Int) -> [RankedToken] {
    checkRow(row, tokens)
    let vocabulary = shape[1]
    let line = pointer + row * vocabulary
    let logTotal = withScratch(count: LogitRow.scratchCount(vocabulary)) { scratch in
      LogitRow(line, count: vocabulary, scratch: scratch).logTotal
    }
    return tokens.map {
      RankedToken(token: $0, logProbability: Double(line[Int($0)]) - logTotal)
    }.sorted {
      $0.logProbability == $1.logProbability
        ? $0.token < $1.token : $0.logProbability > $1.logProbability
    }
  }
}
