import NeuralNetworks

/// Which matrices an adapter changes, and how much it can.
///
/// Source: Hu et al. 2021, arXiv:2106.09685.
public struct LoRAConfig: Codable, Equatable, Sendable {
  /// r, the rank of each change.
  public var rank: Int
  /// α: the change is scaled by α / r, so that a learning rate serves several ranks.
  public var alpha: Float
  /// The matrices that are changed, in every layer.
  public var layers: [AdaptedLayer]

  /// All settings.
  public init(rank: Int, alpha: Float, layers: [AdaptedLayer]) {
    self.rank = rank
    self.alpha = alpha
    self.layers = layers
  }

  /// What is wrong with these settings, the key first; nil where nothing is.
  public var problem: String? {
    if let problem = settingProblem("rank", rank, in: 1...4096)
      ?? settingProblem("alpha", alpha, above: 0)
    {
      return problem
    }
    if layers.isEmpty { return "layers is empty: nothing would be trained" }
    for layer in AdaptedLayer.allCases where layers.count(where: { $0 == layer }) > 1 {
      return "layers names \(layer.rawValue) twice"
    }
    return nil
  }
}

/// A matrix of each layer that an adapter can change. Fused ones share the factor that reads.
public enum AdaptedLayer: String, Codable, CaseIterable, Sendable {
  /// Queries, keys and values: `q_proj`, `k_proj`, `v_proj`.
  case attention
  /// What writes the attended values to the residual stream: `o_proj`.
  case attentionOutput
  /// Gate and input of the feed-forward block: `gate_proj`, `up_proj`.
  case gateUp
  /// Output of the feed-forward block: `down_proj`.
  case down

  /// The last part of the parameter's name.
  var parameter: String { self == .attention ? "projection" : rawValue }
}
