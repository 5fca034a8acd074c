import Tensors
import Tokenizers

/// The sequences in flight of one call to `generate`.
package struct GenerationBatch {
  private struct Row {
    let request: Int
    let place: PrefixSharingCache.Place
    /// The prompt and the new tokens.
    var sequence: [Int32]
    /// How many of them are in the cache.
    var past: Int
    var choice: TokenChoice
    var random: SplitMix64
    var watcher: StopStringWatcher
    var constraint: (any TokenConstraint)?
    /// The different tokens of the sequence; empty where repetition is not penalised.
    var seen: Set<Int32> = []
    var hasEnded = false
  }

  /// Logits of all rows in flight: 256 MiB.
  static let largestLogits = 1 << 26

  private let model: Transformer
  private let weights: TransformerWeights
  private let requests: [GenerationRequest]
  private let endTokens: [Int32]
  private let tokenizer: Tokenizer?
  private var cache: PrefixSharingCache
  private var waiting: Array<Int>.SubSequence
  private var rows: [Row] = []
  /// What was added to each sequence so far.
  package private(set) var results: [GenerationResult]

  /// The arguments of `generate`.
  package init(
    _ model: Transformer, _ requests: [GenerationRequest], endTokens: [Int32], slots: Int,
    tokenizer: Tokenizer? = nil
  ) {
    precondition(model.head == .tokens, "generate: the model has a scalar head")
    let configuration = model.configuration
    for request in requests {
      precondition(
        !request.prompt.isEmpty
          && request.prompt.count + request.maximumNewTokens <= configuration.maximumLength,
        "generate: \(request.prompt.count) + \(request.maximumNewTokens) tokens of at most "
          + "\(configuration.maximumLength)")
      precondition(
        request.stopStrings.isEmpty || tokenizer != nil,
        "generate: stop strings need a tokenizer")
      precondition(
        request.stopStrings.allSatisfy { !$0.isEmpty }, "generate: an empty stop string")
      precondition(
        request.repetitionPenalty > 0,
        "generate: a repetition penalty of \(request.repetitionPenalty)")
    }
    self.model = model
    weights = model.packedWeights()
    self.requests = requests
    self.endTokens = endTokens
    self.tokenizer = tokenizer
    cache = PrefixSharingCache(
      configuration,
      slots: min(slots, requests.count, Self.largestLogits / configuration.vocabularySize),
      capacity: requests.map { $0.prompt.count + $0.maximumNewTokens }.max() ?? 1)
    results = requests.map { _ in GenerationResult() }
    waiting =
      PrefixSharingCache.order(requests.map(\.prompt))
      .filter { requests[$0].maximumNewTokens > 0 }[...]
  }

  /// Whether some sequence has not ended.
  package var hasWork: Bool { !rows.isEmpty || !waiting.isEmpty }

  /// Tokens of prompts that were computed, not found in the cache.
  package var computedPromptTokens: Int { cache.computedTokens }

  /// Admits waiting sequences, reads the next tokens of all rows, and chooses one token for each.
  package mutating func advance() {
    admit()
    var tokens: [Int32] = []
    var segments: [KeyValueCache.Segment] = []
    segments.reserveCapacity(rows.count)
    for row in rows {
      let isNew = row.past == row.place.past
      segments.append(
        .init(
          slot: row.place.slot, past: row.past,
          rows: tokens.count..<tokens.count + row.sequence.count - row.past,
          prefix: isNew ? row.place.prefix : nil))
      tokens += row.sequence[row.past...]
    }
    let last = model.hiddenStates(
      continuing: cache.cache, tokens: tokens, segments: segments,
      rows: tokens.count == rows.count ? nil : segments.map { $0.rows.upperBound - 1 },
      packed: weights)
    let logits = last.logits(head: weights.head)
    append(choose(logits))
  }

  private mutating func admit() {
    cache.beginStep()
    while cache.hasRoom, let index = waiting.popFirst() {
      let request = requests[index]
      let place = cache.admit(request.prompt, reusing: request.prompt.count - 1)
      rows.append(
        Row(
          request: index, place: place, sequence: request.prompt, past: place.past,
          choice: TokenChoice(
            temperature: request.temperature, topK: request.topK, topP: request.topP,
            minP: request.minP),
          random: SplitMix64(seed: request.seed),
          watcher: StopStringWatcher(request.stopStrings), constraint: request.constraint,
          seen: request.repetitionPenalty == 1 ? [] : Set(request.prompt)))
    }
  }

  /// One token for each row of logits, which are changed where repetition is penalised.
  private mutating func choose(_ logits: Tensor) -> [Int32] {
    for (index, row) in rows.enumerated() where !row.seen.isEmpty {
      logits.penalizeRepetition(
        by: requests[row.request].repetitionPenalty, of: row.seen, row: index)
    }
    var tokens = logits.tokens(chosenBy: nextChoices())
    for index in rows.indices where rows[index].constraint?.allows(tokens[index]) == false {
      rows[index].constraint?.refuse(tokens[index])
      drawNumber(forRow: index)
      tokens[index] = logits.token(
        chosenBy: rows[index].choice, row: index,
        among: rows[index].constraint?.allowedTokens() ?? [])
    }
    return tokens
  }

  /// How each row chooses, with the next number of its generator where it needs one.
  private mutating func nextChoices() -> [TokenChoice] {
    for index in rows.indices { drawNumber(forRow: index) }
    return rows.map(\.choice)
  }

  private mutating func drawNumber(forRow index: Int) {
    guard rows[index].choice.temperature > 0 else { return }
    rows[index].choice.random = Double.random(in: 0..<1, using: &rows[index].random)
  }

  /// Appends a token to each row; those that end with it leave the batch.
  private mutating func append(_ tokens: [Int32]) {
    for (index, token) in tokens.enumerated() {
      rows[index].past = rows[index].sequence.count
      rows[index].sequence.append(token)
      enter(token, ofRow: index)
      if rows[index].hasEnded { cache.release(rows[index].place.slot) }
    }
    rows.removeAll(where: \.hasEnded)
  }

  /// Enters a token into the row's result.
  private mutating func enter(_ token: Int32, ofRow index: Int) {
    let request = rows[index].request
    guard !endTokens.contains(token) else {
      results[request].endToken = token
      rows[index].hasEnded = true
      return
    }
    results[request].tokens.append(token)
    if !rows[index].seen.isEmpty { rows[index].seen.insert(token) }
    rows[index].constraint?.append(
      token, remaining: requests[request].maximumNewTokens - results[request].tokens.count)
    if let tokenizer {
      results[request].stop = rows[index].watcher.append(tokenizer.bytes(of: token))
    }
    rows[index].hasEnded =
      results[request].stop != nil
      || results[request].tokens.count >= requests[request].maximumNewTokens
  }
}
