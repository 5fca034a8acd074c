import Tensors

extension Reference {
  /// Σ_{j ≤ i} softmaxⱼ(qᵢ·kⱼ / √D) vⱼ within each sequence.
  public static func causalAttention(
    _ x: [Float], _ layout: AttentionLayout, offsets: [Int]
  ) -> [Double] {
    var result = [Double](repeating: 0, count: (offsets.last ?? 0) * layout.queryWidth)
    for query in queries(layout, offsets) {
      for (other, weight) in zip(query.keys, query.probabilities(x)) {
        for column in 0..<layout.headWidth {
          result[query.output + column] += weight * Double(x[query.value(other) + column])
        }
      }
    }
    return result
  }

  /// The gradient of Σ upstream · `causalAttention`.
  public static func causalAttentionGradient(
    _ x: [Float], _ layout: AttentionLayout, offsets: [Int], upstream: [Float]
  ) -> [Double] {
    var gradient = [Double](repeating: 0, count: x.count)
    let width = layout.headWidth
    for query in queries(layout, offsets) {
      let probabilities = query.probabilities(x)
      let slopes = query.keys.map { dot(upstream, query.output, x, query.value($0), width) }
      let mean = zip(probabilities, slopes).reduce(0) { $0 + $1.0 * $1.1 }
      for (index, other) in query.keys.enumerated() {
        let slope = probabilities[index] * (slopes[index] - mean) / Double(width).squareRoot()
        let (key, value) = (query.key(other), query.value(other))
        for column in 0..<width {
          gradient[value + column] += probabilities[index] * Double(upstream[query.output + column])
          gradient[query.start + column] += slope * Double(x[key + column])
          gradient[key + column] += slope * Double(x[query.start + column])
        }
      }
    }
    return gradient
  }

  /// One row of one query head, and where what it reads and writes begins.
  private struct Query {
    let layout: AttentionLayout
    let keys: ClosedRange<Int>
    let head: Int

    var start: Int { keys.upperBound * layout.projectionWidth + head * layout.headWidth }
    var output: Int { keys.upperBound * layout.queryWidth + head * layout.headWidth }

    func key(_ row: Int) -> Int {
      let group = head * layout.keyValueHeads / layout.heads
      return row * layout.projectionWidth + layout.queryWidth + group * layout.headWidth
    }

    func value(_ row: Int) -> Int { key(row) + layout.keyWidth }

    func probabilities(_ x: [Float]) -> [Double] {
      let width = layout.headWidth
      return softmax(
        keys.map { dot(x, start, x, key($0), width) / Double(width).squareRoot() })
    }
  }

  private static func queries(_ layout: AttentionLayout, _ offsets: [Int]) -> [Query] {
    zip(offsets, offsets.dropFirst()).flatMap { start, end in
      (start..<end).flatMap { row in
        (0..<layout.heads).map { Query(layout: layout, keys: start...row, head: $0) }
      }
    }
  }

  private static func dot(
    _ a: [Float], _ aStart: Int, _ b: [Float], _ bStart: Int, _ count: Int
  ) -> Double {
    (0..<count).reduce(0) { $0 + Double(a[aStart + $1]) * Double(b[bStart + $1]) }
  }
}
