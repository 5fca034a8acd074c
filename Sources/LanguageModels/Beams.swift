import Foundation
import Tensors

/// One continuation that a beam search follows.
struct Beam {
  /// The new tokens.
  var tokens: [Int32] = []
  /// Σ log p of them.
  var logProbability = 0.0
  var constraint: (any TokenConstraint)?
  /// Where the keys and values of its tokens are.
  var slot: Int
  /// How many tokens of the whole sequence are not computed again.
  var past: Int
  /// Where those are copied from; nil where the slot holds them.
  var prefix: KeyValueCache.Prefix?
}

/// The beams of one request, and what has ended of them.
struct Beams {
  private struct Candidate {
    let parent: Int
    let token: RankedToken
    let logProbability: Double
  }

  /// Which request.
  let index: Int
  private let request: BeamSearchRequest
  private let endTokens: [Int32]
  /// Best first.
  private(set) var running: [Beam]
  /// Best first.
  private(set) var finished: [RankedContinuation] = []
  /// The slots of this request, and the new tokens that each holds; nil where it is empty.
  private(set) var held: [Int: [Int32]?]

  /// The state before the first token: one beam, in `place`, and empty slots for the others.
  init(
    _ request: BeamSearchRequest, index: Int, endTokens: [Int32],
    place: PrefixSharingCache.Place, empty: [Int]
  ) {
    self.index = index
    self.request = request
    self.endTokens = endTokens
    running = [
      Beam(
        constraint: request.constraint, slot: place.slot, past: place.past, prefix: place.prefix)
    ]
    held = [place.slot: []]
    for slot in empty { held[slot] = .some(nil) }
  }

  /// How many candidates are looked at: enough that as many as there are beams do not end.
  static func width(_ request: BeamSearchRequest, endTokens: [Int32]) -> Int {
    max(2, 1 + endTokens.count) * request.beams
  }

  /// Beams in an order in which each copies from a slot that is filled before: those that stay in
  /// their slot come first.
  var fillingOrder: [Int] {
    running.indices.filter { running[$0].prefix == nil }
      + running.indices.filter { running[$0].prefix != nil }
  }

  /// The tokens of a beam that are to be computed.
  func newTokens(of beam: Beam) -> ArraySlice<Int32> {
    beam.past < request.prompt.count
      ? (request.prompt + beam.tokens)[beam.past...]
      : beam.tokens[(beam.past - request.prompt.count)...]
  }

  /// The most probable next tokens of a beam that its constraint allows.
  ///
  /// - Parameters:
  ///   - leading: Without the constraint.
  ///   - rank: Orders some tokens by their probability.
  mutating func allowed(
    _ leading: [RankedToken], ofBeam index: Int, rank: ([Int32]) -> [RankedToken]
  ) -> [RankedToken] {
    guard let constraint = running[index].constraint,
      let refused = leading.firstIndex(where: { !constraint.allows($0.token) })
    else { return leading }
    if refused == 0 { running[index].constraint?.refuse(leading[0].token) }
    return Array(rank(running[index].constraint?.allowedTokens() ?? []).prefix(leading.count))
  }

  /// Looks at the most probable next tokens of each beam; true where the search has ended.
  mutating func extend(with next: [[RankedToken]]) -> Bool {
    let length = running[0].tokens.count + 1
    var (survivors, ended): ([Candidate], [RankedContinuation]) = ([], [])
    for (rank, candidate) in candidates(next).enumerated() {
      let token = candidate.token.token
      let isEnd = endTokens.contains(token)
      if isEnd || length == request.maximumNewTokens {
        guard rank < request.beams else { continue }
        let tokens = running[candidate.parent].tokens + (isEnd ? [] : [token])
        ended.append(
          RankedContinuation(
            tokens: tokens, endToken: isEnd ? token : nil,
            logProbability: candidate.logProbability,
            score: score(candidate.logProbability, length: length)))
      } else if survivors.count < request.beams {
        survivors.append(candidate)
      }
    }
    // Of equal scores the one that ended first comes first.
    for continuation in ended {
      let place = finished.firstIndex { $0.score < continuation.score } ?? finished.count
      finished.insert(continuation, at: place)
    }
    finished = Array(finished.prefix(request.beams))
    follow(survivors, remaining: request.maximumNewTokens - length)
    return running.isEmpty || isDecided(length: length)
  }

  /// The best continuations.
  var best: [RankedContinuation] { Array(finished.prefix(request.best)) }

  private func candidates(_ next: [[RankedToken]]) -> ArraySlice<Candidate> {
    let all = zip(running.indices, next).flatMap { parent, tokens in
      tokens.map {
        Candidate(
          parent: parent, token: $0,
          logProbability: running[parent].logProbability + $0.logProbability)
      }
    }
    // Of equal ones the one of the better beam, then the smaller token comes first.
    return all.enumerated().sorted {
      $0.element.logProbability == $1.element.logProbability
        ? $0.offset < $1.offset : $0.element.logProbability > $1.element.logProbability
    }.map(\.element).prefix(Self.width(request, endTokens: endTokens))
  }

  private func score(_ logProbability: Double, length: Int) -> Double {
    logProbability / pow(Double(length), request.lengthPenalty)
  }

  /// Whether what has ended is good enough after so many new tokens.
  private func isDecided(length: Int) -> Bool {
    guard finished.count == request.beams, let worst = finished.last, let leader = running.first
    else { return false }
    switch request.stopping {
    case .whenFull: return true
    case .whenImpossible where request.lengthPenalty > 0:
      return score(leader.logProbability, length: request.maximumNewTokens) <= worst.score
    case .whenUnlikely, .whenImpossible:
      return score(leader.logProbability, length: length) <= worst.score
    }
  }

  /// Goes on with these continuations: the first child of a beam stays in its slot, the others get
  /// a copy of it.
  private mutating func follow(_ candidates: [Candidate], remaining: Int) {
    var staying: Set<Int> = []
    var freeSlots = Set(held.keys)
    for beam in running { held[beam.slot] = beam.tokens }
    for candidate in candidates where staying.insert(candidate.parent).inserted {
      freeSlots.remove(running[candidate.parent].slot)
    }
    var free = freeSlots.sorted()[...]
    let parents = running
    running = candidates.map { candidate in
      var beam = parents[candidate.parent]
      let tokens = beam.tokens
      beam.past = request.prompt.count + tokens.count
      beam.prefix = nil
      if staying.remove(candidate.parent) == nil, let slot = free.popFirst() {
        beam.prefix = KeyValueCache.Prefix(
          slot: beam.slot, count: beam.past, held: heldCount(of: tokens, in: slot))
        held[slot] = tokens
        beam.slot = slot
      }
      beam.tokens.append(candidate.token.token)
      beam.logProbability = candidate.logProbability
      beam.constraint?.append(candidate.token.token, remaining: remaining)
      return beam
    }
  }

  /// How many tokens of the sequence, with its prompt, a slot holds.
  private func heldCount(of tokens: [Int32], in slot: Int) -> Int {
    guard case .some(.some(let other)) = held[slot] else { return 0 }
    return request.prompt.count + zip(tokens, other).prefix { $0 == $1 }.count
  }
}
