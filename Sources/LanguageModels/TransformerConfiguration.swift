import Foundation
import Tensors

/// The shape of a decoder of the LLaMA family.
public struct TransformerConfiguration: Codable, Equatable, Sendable {
  /// V, the number of tokens.
  public var vocabularySize: Int
  /// C, the width of the residual stream.
  public var width: Int
  /// L, the number of layers.
  public var layers: Int
  /// H, the number of query heads.
  public var heads: Int
  /// The number of key and value heads; divides `heads`.
  public var keyValueHeads: Int
  /// D, the width of one head.
  public var headWidth: Int
  /// F, the width of the feed-forward blocks.
  public var feedForward: Int
  /// θ of the rotary embedding.
  public var ropeTheta: Double
  /// How the rotary embedding is slowed down; nil where it is not.
  public var ropeScaling: RopeScaling?
  /// ε of the normalisations.
  public var normEpsilon: Float
  /// The longest sequence, in tokens.
  public var maximumLength: Int
  /// Whether the output head is the embedding table.
  public var tiedEmbeddings: Bool
  /// The name under which the model is published.
  public var family: ModelFamily
  /// Whether queries, keys and values have biases.
  public var projectionBias: Bool
  /// Whether what attention writes to the residual stream has a bias.
  public var outputBias: Bool
  /// Whether queries and keys are normalised head by head before they are rotated.
  public var queryKeyNorm: Bool

  /// All parts.
  ///
  /// - Parameter headWidth: D; nil for `width / heads`.
  public init(
    vocabularySize: Int, width: Int, layers: Int, heads: Int, keyValueHeads: Int,
    headWidth: Int? = nil, feedForward: Int, ropeTheta: Double = 10_000,
    ropeScaling: RopeScaling? = nil, normEpsilon: Float = 1e-5, maximumLength: Int,
    tiedEmbeddings: Bool = true, family: ModelFamily = .llama, projectionBias: Bool = false,
    outputBias: Bool = false, queryKeyNorm: Bool = false
  ) {
    self.vocabularySize = vocabularySize
    self.width = width
    self.layers = layers
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headWidth = headWidth ?? width / max(1, heads)
    self.feedForward = feedForward
    self.ropeTheta = ropeTheta
    self.ropeScaling = ropeScaling
    self.normEpsilon = normEpsilon
    self.maximumLength = maximumLength
    self.tiedEmbeddings = tiedEmbeddings
    self.family = family
    self.projectionBias = projectionBias
    self.outputBias = outputBias
    self.queryKeyNorm = queryKeyNorm
  }

  /// How a row of the fused projection is split.
  public var attention: AttentionLayout {
    AttentionLayout(heads: heads, keyValueHeads: keyValueHeads, headWidth: headWidth)
  }

  /// Radians a token of each pair of a head's elements, `[D / 2]`, before scaling.
  ///
  ///     fᵢ = θ^(−2i/D)
  package var unscaledFrequencies: [Double] {
    (0..<headWidth / 2).map { pow(ropeTheta, -2 * Double($0) / Double(headWidth)) }
  }

  /// What scaling divides each of those frequencies by, `[D / 2]`; nil where nothing is scaled.
  package var frequencyDivisors: [Double]? {
    guard let ropeScaling else { return nil }
    return unscaledFrequencies.map { ropeScaling.divisor(of: $0) }
  }

  /// The rotary embedding of these numbers.
  var rotaryTable: RotaryTable {
    let frequencies = unscaledFrequencies
    let divisors = frequencyDivisors
    return RotaryTable(
      frequencies: divisors.map { zip(frequencies, $0).map { $0 / $1 } } ?? frequencies,
      length: maximumLength)
  }
}

extension TransformerConfiguration {
  /// Reads what was written; parts that older ones lack have the defaults of the other initializer.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      vocabularySize: try values.decode(Int.self, forKey: .vocabularySize),
      width: try values.decode(Int.self, forKey: .width),
      layers: try values.decode(Int.self, forKey: .layers),
      heads: try values.decode(Int.self, forKey: .heads),
      keyValueHeads: try values.decode(Int.self, forKey: .keyValueHeads),
      headWidth: try values.decodeIfPresent(Int.self, forKey: .headWidth),
      feedForward: try values.decode(Int.self, forKey: .feedForward),
      ropeTheta: try values.decode(Double.self, forKey: .ropeTheta),
      ropeScaling: try values.decodeIfPresent(RopeScaling.self, forKey: .ropeScaling),
      normEpsilon: try values.decode(Float.self, forKey: .normEpsilon),
      maximumLength: try values.decode(Int.self, forKey: .maximumLength),
      tiedEmbeddings: try values.decode(Bool.self, forKey: .tiedEmbeddings),
      family: try values.decodeIfPresent(ModelFamily.self, forKey: .family) ?? .llama,
      projectionBias: try values.decodeIfPresent(Bool.self, forKey: .projectionBias) ?? false,
      outputBias: try values.decodeIfPresent(Bool.self, forKey: .outputBias) ?? false,
      queryKeyNorm: try values.decodeIfPresent(Bool.self, forKey: .queryKeyNorm) ?? false)
  }
}

extension TransformerConfiguration {
  /// What is wrong with these numbers, in a sentence; nil where nothing is.
  ///
  /// Upper bounds keep a hostile file from making us allocate without limit.
  public var problem: String? {
    let bounds: [(String, Int, ClosedRange<Int>)] = [
      ("vocabularySize", vocabularySize, 1...1_000_000), ("width", width, 2...65_536),
      ("layers", layers, 1...1_024), ("heads", heads, 1...1_024),
      ("keyValueHeads", keyValueHeads, 1...1_024), ("headWidth", headWidth, 1...4_096),
      ("feedForward", feedForward, 1...1_000_000), ("maximumLength", maximumLength, 1...10_000_000),
    ]
    for (name, value, range) in bounds where !range.contains(value) {
      return "\(name) is \(value), outside \(range.lowerBound) to \(range.upperBound)"
    }
    if headWidth == width / heads && width % heads != 0 {
      return "width \(width) is not a multiple of heads \(heads)"
    }
    if headWidth % 2 != 0 { return "the head width is \(headWidth), which is odd" }
    if maximumLength * headWidth > 1 << 27 {
      return "maximumLength \(maximumLength) times the head width \(headWidth) is more than "
        + "\(1 << 27), too much for the rotary table"
    }
    if heads % keyValueHeads != 0 {
      return "heads \(heads) is not a multiple of keyValueHeads \(keyValueHeads)"
    }
    if !(ropeTheta > 0 && ropeTheta.isFinite) { return "ropeTheta is \(ropeTheta)" }
    if !(normEpsilon > 0 && normEpsilon.isFinite) { return "normEpsilon is \(normEpsilon)" }
    return ropeScaling?.problem ?? familyProblem
  }

  /// What the family's published models do not have, and could not be written as.
  private var familyProblem: String? {
    let isUsual =
      switch family {
      case .llama: projectionBias == outputBias && !queryKeyNorm
      case .mistral: !projectionBias && !outputBias && !queryKeyNorm
      case .qwen2: projectionBias && !outputBias && !queryKeyNorm
      case .qwen3: projectionBias == outputBias && queryKeyNorm
      }
    return isUsual ? nil : "the \(family) family does not have these biases or norms"
  }
}
