/// Which points of a curve to draw so that it looks the same: the first, the last, and of each bucket
/// between them the one that makes the largest triangle with the point before and the mean of the
/// bucket after. Spikes stay.
///
/// Source: Steinarsson 2013, "Downsampling Time Series for Visual Representation", section 4.2.
///
/// - Parameter limit: Points at most, above 2.
/// - Returns: Their indices, rising; all of them where there are no more than `limit`.
package func largestTriangles(_ points: [(x: Double, y: Double)], limit: Int) -> [Int] {
  precondition(limit > 2, "downsampling to \(limit) points")
  guard points.count > limit else { return Array(points.indices) }
  func start(of bucket: Int) -> Int { 1 + bucket * (points.count - 2) / (limit - 2) }
  var chosen = [0]
  for bucket in 0..<(limit - 2) {
    let before = points[chosen[bucket]]
    let after = mean(
      bucket == limit - 3
        ? points.suffix(1) : points[start(of: bucket + 1)..<start(of: bucket + 2)])
    func area(_ index: Int) -> Double {
      let point = points[index]
      return abs(
        (before.x - after.x) * (point.y - before.y) - (before.x - point.x) * (after.y - before.y))
    }
    let candidates = start(of: bucket)..<start(of: bucket + 1)
    chosen.append(candidates.max { area($0) < area($1) } ?? candidates.lowerBound)
  }
  return chosen + [points.count - 1]
}

private func mean(_ points: ArraySlice<(x: Double, y: Double)>) -> (x: Double, y: Double) {
  let count = Double(points.count)
  return (
    points.reduce(0) { $0 + $1.x } / count, points.reduce(0) { $0 + $1.y } / count
  )
}

/// Indices of at most `limit` of `count` things, evenly spread, the first and the last among them.
///
/// - Precondition: `limit` is above 1.
package func evenlySpread(_ count: Int, limit: Int) -> [Int] {
  precondition(limit > 1, "evenly spread: \(limit) of \(count)")
  guard count > limit else { return Array(0..<count) }
  return (0..<limit).map { $0 * (count - 1) / (limit - 1) }
}

/// Where a share of sorted values lies below, by linear interpolation between two of them.
///
/// - Precondition: There are values, and the share is in 0...1.
package func quantile(_ share: Double, ofSorted values: [Double]) -> Double {
  precondition(!values.isEmpty && (0...1).contains(share), "quantile \(share) of \(values.count)")
  let position = share * Double(values.count - 1)
  let index = min(Int(position), values.count - 1)
  let next = min(index + 1, values.count - 1)
  return values[index] + (position - Double(index)) * (values[next] - values[index])
}
