/// Mean over numbers that come in clusters, with a percentile interval from resampling clusters.
///
///     mean = Σ_c w_c s_c / Σ_c w_c n_c
///
/// with s_c the sum and n_c the count of cluster c, and w_c how often it was drawn, with replacement,
/// as many as there are. Numbers of one cluster, such as the pairs of one ranking, are not independent:
/// resampling them one by one would give intervals that are too narrow.
///
/// Source: Davison and Hinkley 1997, "Bootstrap Methods and their Application", section 3.8 (resample
/// the highest level only). With a dozen clusters or fewer the interval is still on the narrow side.
///
/// - Parameters:
///   - clusters: The numbers of each cluster; empty ones do not count.
///   - resamples: How often to draw; 2,000 is ample for 95 %.
///   - confidence: Coverage aimed at, in 0..<1, such as 0.95.
///   - generator: Draws clusters.
/// - Precondition: At least one number, and at least one resample.
public func clusterBootstrap(
  _ clusters: [[Double]], resamples: Int, confidence: Double,
  using generator: inout some RandomNumberGenerator
) -> Interval {
  let totals = clusters.filter { !$0.isEmpty }
    .map { (sum: $0.reduce(0, +), count: Double($0.count)) }
  precondition(!totals.isEmpty && resamples > 0, "clusterBootstrap: nothing to resample")
  let means = (0..<resamples).map { _ in
    var (sum, count) = (0.0, 0.0)
    for _ in totals {
      let drawn = totals[Int.random(in: totals.indices, using: &generator)]
      sum += drawn.sum
      count += drawn.count
    }
    return sum / count
  }.sorted()
  let tail = (1 - confidence) / 2
  return Interval(
    mean: totals.reduce(0) { $0 + $1.sum } / totals.reduce(0) { $0 + $1.count },
    low: quantile(tail, ofSorted: means), high: quantile(1 - tail, ofSorted: means))
}
