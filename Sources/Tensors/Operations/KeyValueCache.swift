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

  /// The first tokens of one slot, which another sequence begins with as well.
  public struct Prefix: Sendable, Equatable {
    /// The slot that holds their keys and values, at the latest when this batch has stored its own.
    public let slot: Int
    /// How many tokens.
    public let count: Int
    /// How many of them the other sequence's slot holds already.
    public let held: Int

    /// All parts.
    public init(slot: Int, count: Int, held: Int = 0) {
      self.slot = slot
      self.count = count
      self.held = held
    }
  }

  /// Consecutive rows of a batch that continue the sequence of one slot.
  public struct Segment: Sendable {
    /// Which sequence.
    public let slot: Int
    /// Tokens of it that need not be computed: read before, or copied from `prefix`.
    public let past: Int
    /// The rows of the batch that hold its next tokens.
    public let rows: Range<Int>
    /// Where the first tokens of the sequence are copied from; nil where the slot holds them.
    public let prefix: Prefix?

    /// All parts.
    public init(slot: Int, past: Int, rows: Range<Int>, prefix: Prefix? = nil) {
      self.slot = slot
      self.past = past
      self.rows = rows
      self.prefix = prefix
    }
  }

  /// Stores the keys and values of the batch, copies prefixes, then attends from each row to its
  /// sequence so far.
  ///
  /// A prefix may come from a slot whose tokens are in the same batch: all segments store before
  /// the first one copies, and they copy in their order.
  ///
  /// - Parameters:
  ///   - projection: Rotated queries, keys and values, `[N, (H + 2 KV) · D]`.
  ///   - layer: Whose keys these are.
  ///   - segments: Cover all rows, each slot at most once. One that copies from a slot comes after
  ///     the one that fills that slot.
  /// - Returns: `[N, H · D]`.
  public func attend(_ projection: Tensor, layer: Int, segments: [Segment]) -> Tensor {
    precondition(
      projection.shape.count == 2 && projection.shape[1] == layout.projectionWidth
        && 0 <= layer && layer < layers,
      "cache: projection \(projection.shape) for \(layout) in layer \(layer) of \(layers)")
    check(segments, rows: projection.shape[0])
    let result = Buffer(count: projection.shape[0] * layout.queryWidth)
    store(projection, layer, segments)
    copyPrefixes(layer, segments)
    // Threads share the key heads first: segments differ in length, heads do not.
    let items = layout.keyValueHeads * segments.count
    inParallel(items, grain: Self.grain(items, layout, segments)) { range in
      withScratch(count: capacity) { scores in
        for item in range {
          let (group, segment) = item.quotientAndRemainder(dividingBy: segments.count)
          attend(result.pointer, projection, segments[segment], layer, group: group, scores)
        }
      }
    }
    return Tensor(shape: [projection.shape[0], layout.queryWidth], buffer: result)
  }

  /// Items that are worth a thread of their own: some ten thousand multiplications.
  private static func grain(_ items: Int, _ layout: AttentionLayout, _ segments: [Segment]) -> Int {
    let pairs = segments.reduce(0) { $0 + $1.rows.count * ($1.past + $1.rows.count) }
    return max(1, items << 16 / max(1, 2 * pairs * layout.queryWidth))
  }

  /// Stops where a segment does not fit, two of them write to the same slot, or one copies too early.
  private func check(_ segments: [Segment], rows: Int) {
    precondition(
      segments.reduce(0) { $0 + $1.rows.count } == rows, "cache: segments do not cover \(rows) rows"
    )
    var isTaken = [Bool](repeating: false, count: slots)
    var isCopied = [Bool](repeating: false, count: slots)
    for segment in segments {
      precondition(
        0 <= segment.slot && segment.slot < slots && 0 <= segment.past
          && segment.past + segment.rows.count <= capacity && 0 <= segment.rows.lowerBound
          && segment.rows.upperBound <= rows,
        "cache: \(segment) of \(rows) rows in \(slots) slots of \(capacity)")
      precondition(!isTaken[segment.slot], "cache: slot \(segment.slot) twice in one batch")
      isTaken[segment.slot] = true
      guard let prefix = segment.prefix else { continue }
      precondition(
        0 <= prefix.slot && prefix.slot < slots && 0 <= prefix.held && prefix.held <= prefix.count
          && prefix.count <= segment.past,
        "cache: \(prefix) of \(slots) slots for \(segment.past) past tokens")
      precondition(
        !isCopied[segment.slot], "cache: slot \(segment.slot) is copied before it is filled")
      isCopied[prefix.slot] = true
    }
  }

  /// Numbers of one token of one key head: its key, then its value. Those of one head lie together, so
  /// that attention reads memory in order.
  private var tokenWidth: Int { 2 * layout.headWidth }

  private func tokens(_ layer: Int, _ slot: Int, group: Int) -> UnsafeMutablePointer<Float> {
    buffer.pointer
      + ((layer * slots + slot) * layout.keyValueHeads + group) * capacity * tokenWidth
  }

  /// Copies the keys and values of the batch to their slots.
  private func store(_ projection: Tensor, _ layer: Int, _ segments: [Segment]) {
    let width = layout.headWidth
    let average = max(1, projection.shape[0] / max(1, segments.count)) * 2 * layout.keyWidth
    inParallel(segments.count, grain: max(1, (1 << 15) / average)) { range in
      for segment in segments[range] {
        for group in 0..<layout.keyValueHeads {
          var target = tokens(layer, segment.slot, group: group) + segment.past * tokenWidth
          for row in segment.rows {
            let key =
              projection.pointer + row * layout.projectionWidth + layout.queryWidth + group * width
            target.update(from: key, count: width)
            (target + width).update(from: key + layout.keyWidth, count: width)
            target += tokenWidth
          }
        }
      }
    }
  }

  /// Threads share the key heads, so that each copies a prefix of a prefix in the right order.
  private func copyPrefixes(_ layer: Int, _ segments: [Segment]) {
    guard segments.contains(where: { $0.prefix != nil }) else { return }
    inParallel(layout.keyValueHeads, grain: 1) { groups in
      for group in groups {
        for segment in segments {
          guard let prefix = segment.prefix, prefix.slot != segment.slot else { continue }
          let start = prefix.held * tokenWidth
          (tokens(layer, segment.slot, group: group) + start).update(
            from: tokens(layer, prefix.slot, group: group) + start,
            count: (prefix.count - prefix.held) * tokenWidth)
        }
      }
    }
  }

  /// Attention of the query heads that share one key head.
  private func attend(
    _ output: UnsafeMutablePointer<Float>, _ projection: Tensor, _ segment: Segment, _ layer: Int,
    group: Int, _ scores: UnsafeMutablePointer<Float>
  ) {
    let keys = tokens(layer, segment.slot, group: group)
    let values = keys + layout.headWidth
    let first = segment.rows.lowerBound
    for head in group * layout.groupSize..<(group + 1) * layout.groupSize {
      let target = output + first * layout.queryWidth + head * layout.headWidth
      let queries = projection.pointer + first * layout.projectionWidth + head * layout.headWidth
      if segment.rows.count == 1 {
        attendOne(
          target, query: queries, keys: keys, values: values, stride: tokenWidth,
          count: segment.past + 1, width: layout.headWidth, scale: layout.scale, scores: scores)
      } else {
        Tensors.attend(
          target, stride: layout.queryWidth,
          queries: HeadRows(pointer: queries, stride: layout.projectionWidth),
          keys: HeadRows(pointer: keys, stride: tokenWidth),
          values: HeadRows(pointer: values, stride: tokenWidth), logSums: nil,
          queryCount: segment.rows.count, past: segment.past, width: layout.headWidth,
          scale: layout.scale)
      }
    }
  }
}
