/// Two candidates of one ranking, by index into the batch: `higher` has the better score.
struct RankedPair {
  let higher: Int
  let lower: Int
}

/// Every untied pair of one ranking, O(k²).
///
/// A pair is tied where the scores differ by `minimumGap` or less; at 0 only equal scores tie.
func rankedPairs(in group: Range<Int>, scores: [Float], minimumGap: Float) -> [RankedPair] {
  var pairs: [RankedPair] = []
  for first in group {
    for second in (first + 1)..<max(group.upperBound, first + 1) {
      let gap = scores[first] - scores[second]
      if abs(gap) > minimumGap {
        pairs.append(
          gap > 0
            ? RankedPair(higher: first, lower: second) : RankedPair(higher: second, lower: first))
      }
    }
  }
  return pairs
}
