extension Transformer {
  /// Several samples for each request, the most probable first; equal ones count once.
  ///
  /// - Parameters:
  ///   - requests: Their temperature should be above 0. The samples of one have the seeds `seed`,
  ///     `seed + 1`, ….
  ///   - count: How many samples are drawn for each.
  ///   - endTokens: Each of them ends a sequence.
  ///   - slots: How many sequences are in flight at most; fewer where the cache would be above 1 GiB.
  /// - Returns: Continuations whose score is their log-probability without temperature and cuts. A
  ///   continuation that was cut at the limit counts as it is.
  /// - Precondition: As for `generate`, without stop strings; `count` is above 0.
  public func bestSamples(
    _ requests: [GenerationRequest], count: Int, endTokens: [Int32], slots: Int = 64
  ) -> [[RankedContinuation]] {
    precondition(count > 0, "bestSamples: \(count) samples")
    let all = requests.flatMap { request in
      (0..<UInt64(count)).map { index in
        var request = request
        request.seed &+= index
        return request
      }
    }
    let results = generate(all, endTokens: endTokens, slots: slots)
    let distinct = requests.indices.map { index in
      var seen: Set<[Int32]> = []
      return results[index * count..<(index + 1) * count].filter {
        seen.insert($0.wholeTokens).inserted
      }
    }
    let likelihoods = score(
      zip(requests, distinct).map { request, samples in
        ScoringRequest(prompt: request.prompt, answers: samples.map(\.wholeTokens))
      })
    return zip(distinct, likelihoods).map { samples, likelihoods in
      zip(samples, likelihoods).map { sample, likelihood in
        RankedContinuation(
          tokens: sample.tokens, endToken: sample.endToken,
          logProbability: likelihood.logLikelihood, score: likelihood.logLikelihood)
      }.sorted { $0.score > $1.score }
    }
  }
}

extension GenerationResult {
  /// The new tokens, with the end token.
  fileprivate var wholeTokens: [Int32] { tokens + (endToken.map { [$0] } ?? []) }
}
