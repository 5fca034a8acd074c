/// How the rows of a fused projection are split into heads: queries, then keys, then values.
public struct AttentionLayout: Sendable, Equatable {
  /// H, the number of query heads.
  public let heads: Int
  /// The number of key and value heads; each serves `heads / keyValueHeads` query heads.
  public let keyValueHeads: Int
  /// D, the width of one head.
  public let headWidth: Int

  /// - Precondition: `heads` is a multiple of `keyValueHeads`.
  public init(heads: Int, keyValueHeads: Int, headWidth: Int) {
    precondition(
      keyValueHeads > 0 && heads % keyValueHeads == 0,
      "attention: \(heads) heads over \(keyValueHeads) key heads")
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headWidth = headWidth
  }

  /// The width of the queries, and of the result.
  public var queryWidth: Int { heads * headWidth }
  /// The width of the keys alone.
  public var keyWidth: Int { keyValueHeads * headWidth }
  /// The width of a row of the projection.
  public var projectionWidth: Int { queryWidth + 2 * keyWidth }
  var groupSize: Int { heads / keyValueHeads }
  var scale: Float { 1 / Float(headWidth).squareRoot() }
}

extension Tensor {
  /// Causal attention with grouped queries over packed sequences.
  ///
  ///     oᵢ = Σ_{j ≤ i} softmaxⱼ(qᵢ·kⱼ / √D) vⱼ
  ///
  /// Sequences lie one after another without padding; a row attends to its own sequence only.
  /// Memory is linear in the length: probabilities exist for a block of queries and keys at a time,
  /// and the backward pass computes them again from the saved log-sum of each row.
  ///
  /// Source: Vaswani et al. 2017, arXiv:1706.03762; grouped queries: Ainslie et al. 2023,
  /// arXiv:2305.13245; recomputation: Dao et al. 2022, arXiv:2205.14135.
  ///
  /// - Parameter offsets: Where each sequence begins, and last the number of rows.
  /// - Returns: `[N, H · D]`.
  /// - Precondition: `self` is `[N, (H + 2 KV) · D]`, rotated.
  public func causalAttention(_ layout: AttentionLayout, offsets: [Int]) -> Tensor {
    precondition(
      shape.count == 2 && shape[1] == layout.projectionWidth && offsets.first == 0
        && offsets.last == shape[0] && zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 },
      "attention: \(shape) with \(layout) and \(offsets.count) offsets")
    let rows = shape[0]
    let buffer = Buffer(count: rows * layout.queryWidth)
    let logSums = Buffer(count: max(1, rows * layout.heads))
    forEachGroup(layout, offsets) { rows, group in
      let heads = GroupRows(
        projection: pointer, layout: layout, firstRow: rows.lowerBound, group: group)
      for head in heads.members {
        attend(
          buffer.pointer + heads.outputOffset(head), stride: layout.queryWidth,
          queries: heads.queries(head), keys: heads.keys, values: heads.values,
          logSums: logSums.pointer + rows.lowerBound * layout.heads + head * rows.count,
          queryCount: rows.count, past: 0, width: layout.headWidth, scale: layout.scale)
      }
    }
    let output = Tensor(shape: [rows, layout.queryWidth], buffer: buffer)
    return .result(shape: output.shape, buffer: buffer, inputs: [self]) { [self] upstream in
      guard let target = gradientSink?.accumulator() else { return }
      let gradient = UnsafePointer(upstream.accumulator())
      forEachGroup(layout, offsets) { rows, group in
        let heads = GroupRows(
          projection: pointer, layout: layout, firstRow: rows.lowerBound, group: group)
        for head in heads.members {
          let offset = heads.outputOffset(head)
          attendGradient(
            heads.gradients(head, in: target), queries: heads.queries(head), keys: heads.keys,
            values: heads.values,
            output: HeadRows(pointer: output.pointer + offset, stride: layout.queryWidth),
            upstream: HeadRows(pointer: gradient + offset, stride: layout.queryWidth),
            logSums: logSums.pointer + rows.lowerBound * layout.heads + head * rows.count,
            count: rows.count, width: layout.headWidth, scale: layout.scale)
        }
      }
    }
  }
}

/// Where the rows of one key head and of the query heads that share it lie in a projection.
private struct GroupRows {
  let projection: UnsafePointer<Float>
  let layout: AttentionLayout
  let firstRow: Int
  let group: Int

  var members: Range<Int> { group * layout.groupSize..<(group + 1) * layout.groupSize }
  var keys: HeadRows { rows(keyOffset) }
  var values: HeadRows { rows(keyOffset + layout.keyWidth) }
  func queries(_ head: Int) -> HeadRows { rows(queryOffset(head)) }

  /// Where the head's part of the first row begins in the result.
  func outputOffset(_ head: Int) -> Int { firstRow * layout.queryWidth + head * layout.headWidth }

  func gradients(_ head: Int, in target: UnsafeMutablePointer<Float>) -> HeadGradients {
    HeadGradients(
      queries: target + queryOffset(head), keys: target + keyOffset,
      values: target + keyOffset + layout.keyWidth, stride: layout.projectionWidth)
  }

  private func queryOffset(_ head: Int) -> Int {
    firstRow * layout.projectionWidth + head * layout.headWidth
  }

  private var keyOffset: Int {
    firstRow * layout.projectionWidth + layout.queryWidth + group * layout.headWidth
  }

  private func rows(_ offset: Int) -> HeadRows {
    HeadRows(pointer: projection + offset, stride: layout.projectionWidth)
  }
}

/// Calls `body` with the rows of each sequence and each key head, on several threads. Two calls
/// never share a key head of a sequence, so gradients of keys do not meet.
private func forEachGroup(
  _ layout: AttentionLayout, _ offsets: [Int], _ body: (Range<Int>, Int) -> Void
) {
  let sequences = offsets.count - 1
  let groups = layout.keyValueHeads
  inParallel(sequences * groups, grain: 1, share: 4) { range in
    for item in range {
      let sequence = item / groups
      let rows = offsets[sequence]..<offsets[sequence + 1]
      if !rows.isEmpty { body(rows, item % groups) }
    }
  }
}
