import Tensors

/// One sequence to be continued.
public struct GenerationRequest: Sendable {
  /// The tokens to continue, at least one.
  public var prompt: [Int32]
  /// At most this many tokens are added.
  public var maximumNewTokens: Int
  /// 0 takes the most probable token; otherwise logits are divided by it.
  public var temperature: Float
  /// Seed of this row alone: beyond rounding, its result does not depend on who shares the batch.
  public var seed: UInt64

  /// All parts; greedy unless a temperature is given.
  public init(
    prompt: [Int32], maximumNewTokens: Int, temperature: Float = 0, seed: UInt64 = 0
  ) {
    self.prompt = prompt
    self.maximumNewTokens = maximumNewTokens
    self.temperature = temperature
    self.seed = seed
  }
}

/// What was added to one sequence.
public struct GenerationResult: Sendable, Equatable {
  /// The new tokens, without the end token.
  public var tokens: [Int32]
  /// Whether the end token came before the limit.
  public var ended: Bool
}

extension Transformer {
  /// Continues many sequences in one batch.
  ///
  /// A sequence that ends leaves the batch at once and the next one enters, so no row computes
  /// padding. Sampling is from the whole distribution: truncated sampling would bias the KL that
  /// training measures.
  ///
  /// - Parameters:
  ///   - endToken: Ends a sequence; not part of the result.
  ///   - slots: How many sequences are in flight at most; fewer where the cache would be above 1 GiB.
  /// - Returns: One result for each request, in their order.
  /// - Precondition: The head gives tokens; prompt and new tokens fit into the model's length.
  public func generate(
    _ requests: [GenerationRequest], endToken: Int32, slots: Int = 64
  ) -> [GenerationResult] {
    precondition(head == .tokens, "generate: the model has a scalar head")
    for request in requests {
      precondition(
        !request.prompt.isEmpty
          && request.prompt.count + request.maximumNewTokens <= configuration.maximumLength,
        "generate: \(request.prompt.count) + \(request.maximumNewTokens) tokens of at most "
          + "\(configuration.maximumLength)")
    }
    var batch = GenerationBatch(self, requests, endToken: endToken, slots: slots)
    while batch.hasWork { batch.advance() }
    return batch.results
  }
}

extension TransformerConfiguration {
  /// Slots of `capacity` tokens whose keys and values take 1 GiB together at most; may be 0.
  package func largestSlotCount(capacity: Int) -> Int {
    (1 << 28) / (layers * capacity * 2 * attention.keyWidth)
  }
}

/// The sequences in flight of one call to `generate`.
private struct GenerationBatch {
  private struct Row {
    let request: Int
    let slot: Int
    var past = 0
    var next: [Int32]
    var random: SplitMix64
  }

  private let model: Transformer
  private let requests: [GenerationRequest]
  private let endToken: Int32
  private let cache: KeyValueCache
  private var freeSlots: [Int]
  private var waiting: Array<Int>.SubSequence
  private var rows: [Row] = []
  private(set) var results: [GenerationResult]

  init(_ model: Transformer, _ requests: [GenerationRequest], endToken: Int32, slots: Int) {
    self.model = model
    self.requests = requests
    self.endToken = endToken
    let capacity = requests.map { $0.prompt.count + $0.maximumNewTokens }.max() ?? 1
    let configuration = model.configuration
    let used = max(
      1, min(slots, requests.count, configuration.largestSlotCount(capacity: capacity)))
    cache = KeyValueCache(
      layers: configuration.layers, slots: used, capacity: capacity,
      layout: configuration.attention)
    freeSlots = Array((0..<used).reversed())
    results = requests.map { _ in GenerationResult(tokens: [], ended: false) }
    waiting = requests.indices.filter { requests[$0].maximumNewTokens > 0 }[...]
  }

  var hasWork: Bool { !rows.isEmpty || !waiting.isEmpty }

  /// Admits waiting sequences, reads the next tokens of all rows, and chooses one token for each.
  mutating func advance() {
    while let slot = freeSlots.last, let request = waiting.popFirst() {
      freeSlots.removeLast()
      rows.append(
        Row(
          request: request, slot: slot, next: requests[request].prompt,
          random: SplitMix64(seed: requests[request].seed)))
    }
    var tokens: [Int32] = []
    var segments: [KeyValueCache.Segment] = []
    for row in rows {
      segments.append(
        .init(slot: row.slot, past: row.past, rows: tokens.count..<tokens.count + row.next.count))
      tokens += row.next
    }
    let hidden = model.hiddenStates(continuing: cache, tokens: tokens, segments: segments)
    let last = hidden.rows(segments.map { $0.rows.upperBound - 1 })
    choose(from: last.logits(head: model.headWeights))
  }

  private mutating func choose(from logits: Tensor) {
    let vocabulary = logits.shape[1]
    var active: [Row] = []
    active.reserveCapacity(rows.count)
    logits.withValues { values in
      for (index, var row) in rows.enumerated() {
        let request = requests[row.request]
        let line = UnsafeBufferPointer(
          rebasing: values[index * vocabulary..<(index + 1) * vocabulary])
        let token = chooseToken(line, temperature: request.temperature, random: &row.random)
        if token == endToken {
          results[row.request].ended = true
        } else {
          results[row.request].tokens.append(token)
        }
        if token == endToken || results[row.request].tokens.count >= request.maximumNewTokens {
          freeSlots.append(row.slot)
          continue
        }
        row.past += row.next.count
        row.next = [token]
        active.append(row)
      }
    }
    rows = active
  }
}
