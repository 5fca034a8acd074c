import Foundation

extension Reference {
  /// The distribution that a token is drawn from: softmax(logits / τ), cut to the k most probable
  /// tokens, of these to the smallest set with a share of at least p, by sorting all tokens.
  ///
  /// - Parameters:
  ///   - topK: 0 for all.
  ///   - topP: 1 for all.
  public static func truncatedSoftmax(
    _ logits: [Float], temperature: Double, topK: Int, topP: Double
  ) -> [Double] {
    let all = softmax(logits.map { Double($0) / temperature })
    let order = logits.indices.sorted {
      logits[$0] > logits[$1] || (logits[$0] == logits[$1] && $0 < $1)
    }
    let leading = order.prefix(topK == 0 ? logits.count : topK)
    let mass = leading.reduce(0) { $0 + all[$1] }
    var (result, sum) = ([Double](repeating: 0, count: logits.count), 0.0)
    for token in leading where topP == 1 || sum == 0 || sum < topP * mass {
      result[token] = all[token]
      sum += all[token]
    }
    return result.map { $0 / sum }
  }
}
