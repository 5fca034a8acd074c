/// Keys and values of the tokens that a batch of growing sequences has read, in place.
///
/// A slot holds one sequence of at most `capacity` tokens. Not recorded: for generation only.
public final class KeyValueCache {
  /// How rows of the projection are split.
  public let layout: AttentionLayout
  /// The number of layers.
  public let layers: Int
  /// The number of slots.
  public let slots: Int
  /// Tokens that fit into a slot.
  public let capacity: Int
  private let buffer: Buffer

  /// Space for `slots` sequences in every layer.
  public init(layers: Int, slots: Int, capacity: Int, layout: AttentionLayout) {
    self.layout = layout
    self.layers = layers
    self.slots = slots
    self.capacity = capacity
    buffer = Buffer(count: layers * slots * capacity * 2 * layout.keyWidth)
  }

  /// Consecutive rows of a batch that continue the sequence of one slot.
  public struct Segment: Sendable {
    /// Which sequence.
    public let slot: Int
    /// Tokens of it that were read before.
    public let past: Int
    /// The rows of the batch that hold its next tokens.
    public let rows: Range<Int>

    /// All parts.
    public init(slot: Int, past: Int, rows: Range<Int>) {
      self.slot = slot
      self.past = past
      self.rows = rows
    }
  }

  /// Stores the keys and values of the batch, then attends from each row to its sequence so far.
  ///
  /// - Parameters:
  ///   - projection: Rotated queries, keys and values, `[N, (H + 2 KV) · D]`.
  ///   - layer: Whose keys these are.
  ///   - segments: Cover all rows, each slot at most once.
  /// - Returns: `[N, H · D]`.
  public func attend(_ projection: Tensor, layer: Int, segments: [Segment]) -> Tensor {
    precondition(
      projection.shape.count == 2 && projection.shape[1] == layout.projectionWidth
        && 0 <= layer && layer < layers,
      "cache: projection \(projection.shape) for \(layout) in layer \(layer) of \(layers)")
    check(segments, rows: projection.shape[0])
    let result = Buffer(count: projection.shape[0] * layout.queryWidth)
    inParallel(segments.count, grain: 4) { range in
      for segment in segments[range] {
        let keys = store(projection, layer, segment)
        for head in 0..<layout.heads {
          attend(result.pointer, projection, segment, keys: keys, head: head)
        }
      }
    }
    return Tensor(shape: [projection.shape[0], layout.queryWidth], buffer: result)
  }

  /// Stops where a segment does not fit, or two of them write to the same slot.
  private func check(_ segments: [Segment], rows: Int) {
    var isTaken = [Bool](repeating: false, count: slots)
    for segment in segments {
      precondition(
        0 <= segment.slot && segment.slot < slots && 0 <= segment.past
          && segment.past + segment.rows.count <= capacity && 0 <= segment.rows.lowerBound
          && segment.rows.upperBound <= rows,
        "cache: \(segment) of \(rows) rows in \(slots) slots of \(capacity)")
      precondition(!isTaken[segment.slot], "cache: slot \(segment.slot) twice in one batch")
      isTaken[segment.slot] = true
    }
  }

  /// Copies the keys and values of a segment to its slot and returns where the slot's keys begin.
  private func store(
    _ projection: Tensor, _ layer: Int, _ segment: Segment
  ) -> UnsafeMutablePointer<Float> {
    let rowWidth = 2 * layout.keyWidth
    let slot = buffer.pointer + (layer * slots + segment.slot) * capacity * rowWidth
    for (index, row) in segment.rows.enumerated() {
      (slot + (segment.past + index) * rowWidth).update(
        from: projection.pointer + row * layout.projectionWidth + layout.queryWidth,
        count: rowWidth)
    }
    return slot
  }

  private func attend(
    _ output: UnsafeMutablePointer<Float>, _ projection: Tensor, _ segment: Segment,
    keys: UnsafePointer<Float>, head: Int
  ) {
    let headKeys = keys + head / layout.groupSize * layout.headWidth
    let first = segment.rows.lowerBound
    let target = output + first * layout.queryWidth + head * layout.headWidth
    let queries = projection.pointer + first * layout.projectionWidth + head * layout.headWidth
    if segment.rows.count == 1 {
      attendOne(
        target, query: queries, keys: headKeys, values: headKeys + layout.keyWidth,
        stride: 2 * layout.keyWidth, count: segment.past + 1, width: layout.headWidth,
        scale: layout.scale)
    } else {
      Tensors.attend(
        target, stride: layout.queryWidth, queries: queries, stride: layout.projectionWidth,
        keys: headKeys, values: headKeys + layout.keyWidth, stride: 2 * layout.keyWidth,
        logSums: nil, queryCount: segment.rows.count, past: segment.past,
        width: layout.headWidth, scale: layout.scale)
    }
  }
}
