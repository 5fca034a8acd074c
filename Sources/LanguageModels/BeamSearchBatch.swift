import Tensors

/// The beams in flight of one call to `beamSearch`.
package struct BeamSearchBatch {
  private let model: Transformer
  private let weights: TransformerWeights
  private let requests: [BeamSearchRequest]
  private let endTokens: [Int32]
  private var cache: PrefixSharingCache
  private var waiting: Array<Int>.SubSequence
  private var groups: [Beams] = []
  /// The best continuations of each request whose search has ended.
  package private(set) var results: [[RankedContinuation]]

  /// The arguments of `beamSearch`, with a request at least.
  package init(
    _ model: Transformer, _ requests: [BeamSearchRequest], endTokens: [Int32], slots: Int
  ) {
    precondition(model.head == .tokens, "beamSearch: the model has a scalar head")
    let configuration = model.configuration
    for request in requests {
      precondition(
        !request.prompt.isEmpty && request.maximumNewTokens > 0
          && request.prompt.count + request.maximumNewTokens <= configuration.maximumLength,
        "beamSearch: \(request.prompt.count) + \(request.maximumNewTokens) tokens of at most "
          + "\(configuration.maximumLength)")
      precondition(
        1 <= request.best && request.best <= request.beams,
        "beamSearch: the best \(request.best) of \(request.beams) beams")
    }
    self.model = model
    weights = model.packedWeights()
    self.requests = requests
    self.endTokens = endTokens
    let widest = requests.map(\.beams).max() ?? 1
    cache = PrefixSharingCache(
      configuration,
      slots: min(
        slots, requests.reduce(0) { $0 + $1.beams },
        GenerationBatch.largestLogits / configuration.vocabularySize),
      minimum: widest,
      capacity: requests.map { $0.prompt.count + $0.maximumNewTokens }.max() ?? 1)
    results = requests.map { _ in [] }
    waiting = PrefixSharingCache.order(requests.map(\.prompt))[...]
  }

  /// Whether some search has not ended.
  package var hasWork: Bool { !groups.isEmpty || !waiting.isEmpty }

  /// Admits waiting requests, reads the next tokens of all beams, and goes on with the best.
  package mutating func advance() {
    admit()
    var tokens: [Int32] = []
    var segments: [KeyValueCache.Segment] = []
    var rows: [[Int]] = []
    for group in groups {
      var own = [Int](repeating: 0, count: group.running.count)
      for index in group.fillingOrder {
        let beam = group.running[index]
        let new = group.newTokens(of: beam)
        own[index] = segments.count
        segments.append(
          .init(
            slot: beam.slot, past: beam.past, rows: tokens.count..<tokens.count + new.count,
            prefix: beam.prefix))
        tokens += new
      }
      rows.append(own)
    }
    let last = model.hiddenStates(
      continuing: cache.cache, tokens: tokens, segments: segments,
      rows: tokens.count == segments.count ? nil : segments.map { $0.rows.upperBound - 1 },
      packed: weights)
    extend(with: last.logits(head: weights.head), rows: rows)
  }

  private mutating func admit() {
    cache.beginStep()
    while let index = waiting.first, cache.hasRoom(slots: requests[index].beams) {
      waiting.removeFirst()
      let request = requests[index]
      let place = cache.admit(request.prompt, reusing: request.prompt.count - 1)
      let empty = (1..<request.beams).map { _ in cache.reserve() }
      groups.append(
        Beams(request, index: index, endTokens: endTokens, place: place, empty: empty))
    }
  }

  /// Extends the beams of each group, whose logits are in its rows.
  private mutating func extend(with logits: Tensor, rows: [[Int]]) {
    let wanted = groups.map { Beams.width(requests[$0.index], endTokens: endTokens) }
    let leading = logits.leadingTokens(wanted.max() ?? 1)
    var isDone = groups.map { _ in false }
    for (index, own) in rows.enumerated() {
      let next = own.enumerated().map { beam, row in
        groups[index].allowed(leading[row], ofBeam: beam) { logits.ranked($0, row: row) }
      }
      isDone[index] = groups[index].extend(with: next)
      guard isDone[index] else { continue }
      results[groups[index].index] = groups[index].best
      for slot in groups[index].held.keys.sorted() { cache.release(slot) }
    }
    groups = zip(groups, isDone).filter { !$1 }.map(\.0)
  }
}
