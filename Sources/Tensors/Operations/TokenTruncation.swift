/// A token that may be drawn.
struct Candidate {
  let token: Int32
  let logit: Float
  /// Its probability, up to a factor that all candidates share.
  let weight: Float

  /// Whether it comes before another in the order of falling probability.
  func leads(_ other: Candidate) -> Bool {
    logit == other.logit ? token < other.token : logit > other.logit
  }
}

extension LogitRow {
  /// A token from the distribution cut to its top k, its top p and its min p in turn; nil where
  /// rounding leaves none.
  func truncatedDraw(_ choice: TokenChoice) -> Int? {
    let strideInFloats = MemoryLayout<Candidate>.stride / MemoryLayout<Float>.stride
    return withScratch(count: count * strideInFloats) { scratch in
      scratch.withMemoryRebound(to: Candidate.self, capacity: count) { candidates in
        let kept = keep(candidates, choice)
        let total = totalWeight(candidates, kept)
        var rest = choice.random * total
        for index in 0..<kept {
          rest -= Double(candidates[index].weight)
          if rest < 0 { return Int(candidates[index].token) }
        }
        return nil
      }
    }
  }

  /// Fills the front of `candidates` with all that may be drawn and returns how many they are.
  private func keep(
    _ candidates: UnsafeMutablePointer<Candidate>, _ choice: TokenChoice
  ) -> Int {
    var kept: Int
    let mass: Double
    if (1..<count).contains(choice.topK) {
      kept = gather(candidates, from: topKFloor(candidates, choice.topK), choice.temperature)
      kept = leadingCount(candidates, kept, reaching: Double(choice.topK)) { _ in 1 }
      mass = totalWeight(candidates, kept)
    } else {
      mass = total(temperature: choice.temperature)
      // All that lie below this weight have less than 1 − p together. Those that min p leaves reach
      // half of it and more, which is where rounding does not matter.
      let weight = (1 - Double(choice.topP)) * mass / Double(count)
      let least = max(Float(weight), choice.minP / 2)
      let floor = largest + choice.temperature * min(0, logarithm(least))
      kept = gather(candidates, from: floor, choice.temperature)
    }
    if choice.topP < 1 {
      kept = leadingCount(candidates, kept, reaching: Double(choice.topP) * mass) {
        Double($0.weight)
      }
    }
    return choice.minP > 0 ? keep(candidates, kept, from: choice.minP) : kept
  }

  /// Moves the candidates of at least this weight to the front and returns how many they are.
  private func keep(
    _ candidates: UnsafeMutablePointer<Candidate>, _ count: Int, from least: Float
  ) -> Int {
    var kept = 0
    for index in 0..<count where candidates[index].weight >= least {
      candidates[kept] = candidates[index]
      kept += 1
    }
    return kept
  }

  /// The most probable tokens, best first, with their log-probabilities; in scratch of `count`
  /// candidates.
  func leading(_ wanted: Int, _ candidates: UnsafeMutablePointer<Candidate>) -> [RankedToken] {
    let logTotal = self.logTotal
    var kept = gather(candidates, from: topKFloor(candidates, wanted), 1)
    kept = leadingCount(candidates, kept, reaching: Double(wanted)) { _ in 1 }
    return UnsafeBufferPointer(start: candidates, count: kept).sorted { $0.leads($1) }
      .map { RankedToken(token: $0.token, logProbability: Double($0.logit) - logTotal) }
  }

  /// A logit that at least k tokens reach: the k-th largest among the maxima of the blocks.
  private func topKFloor(_ scratch: UnsafeMutablePointer<Candidate>, _ k: Int) -> Float {
    guard k < blockCount else { return -.infinity }
    for block in 0..<blockCount {
      scratch[block] = Candidate(token: Int32(block), logit: maxima[block], weight: 1)
    }
    let leading = leadingCount(scratch, blockCount, reaching: Double(k)) { _ in 1 }
    return (0..<leading).reduce(.infinity) { min($0, scratch[$1].logit) }
  }

  /// Writes all tokens whose logit is at least `floor` and returns how many they are.
  private func gather(
    _ candidates: UnsafeMutablePointer<Candidate>, from floor: Float, _ temperature: Float
  ) -> Int {
    var found = 0
    for block in 0..<blockCount where maxima[block] >= floor {
      let terms = exponentials(of: block, temperature: temperature).terms
      for (index, token) in tokens(of: block).enumerated() where logits[token] >= floor {
        candidates[found] = Candidate(
          token: Int32(token), logit: logits[token], weight: terms[index])
        found += 1
      }
    }
    return found
  }
}

private func totalWeight(_ candidates: UnsafePointer<Candidate>, _ count: Int) -> Double {
  (0..<count).reduce(0) { $0 + Double(candidates[$1].weight) }
}

/// Moves the smallest set of leading candidates whose weights reach `goal` to the front and returns
/// how many they are: at least one, and all where the goal is out of reach.
///
/// Quickselect by weight: linear on average, where sorting would not be.
func leadingCount(
  _ candidates: UnsafeMutablePointer<Candidate>, _ count: Int, reaching goal: Double,
  weight: (Candidate) -> Double
) -> Int {
  var (low, high, rest) = (0, count, goal)
  while high - low > 1 {
    let (pivot, sum) = partition(candidates, low..<high, weight)
    let own = weight(candidates[pivot])
    if sum >= rest {
      high = pivot
    } else if sum + own >= rest {
      return pivot + 1
    } else {
      rest -= sum + own
      low = pivot + 1
    }
  }
  return min(count, max(1, high))
}

/// Brings what leads a pivot before it and the others behind it.
///
/// - Returns: Where the pivot is, and the weight of those before it.
private func partition(
  _ candidates: UnsafeMutablePointer<Candidate>, _ range: Range<Int>,
  _ weight: (Candidate) -> Double
) -> (pivot: Int, sum: Double) {
  let last = range.upperBound - 1
  let middle = range.lowerBound + range.count / 2
  // The median of three, moved to the end.
  swapUnlessLeading(candidates, range.lowerBound, middle)
  swapUnlessLeading(candidates, range.lowerBound, last)
  swapUnlessLeading(candidates, last, middle)
  let pivot = candidates[last]
  var (next, sum) = (range.lowerBound, 0.0)
  for index in range.lowerBound..<last {
    // Always swapped, so that nothing has to be predicted.
    let candidate = candidates[index]
    candidates[index] = candidates[next]
    candidates[next] = candidate
    let leads = candidate.leads(pivot)
    sum += leads ? weight(candidate) : 0
    next += leads ? 1 : 0
  }
  candidates[last] = candidates[next]
  candidates[next] = pivot
  return (next, sum)
}

private func swapUnlessLeading(
  _ candidates: UnsafeMutablePointer<Candidate>, _ first: Int, _ second: Int
) {
  guard candidates[second].leads(candidates[first]) else { return }
  (candidates[first], candidates[second]) = (candidates[second], candidates[first])
}
