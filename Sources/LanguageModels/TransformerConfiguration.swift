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
  /// F, the width of the feed-forward blocks.
  public var feedForward: Int
  /// θ of the rotary embedding.
  public var ropeTheta: Double
  /// ε of the normalisations.
  public var normEpsilon: Float
  /// The longest sequence, in tokens.
  public var maximumLength: Int
  /// Whether the output head is the embedding table.
  public var tiedEmbeddings: Bool

  /// All parts.
  public init(
    vocabularySize: Int, width: Int, layers: Int, heads: Int, keyValueHeads: Int, feedForward: Int,
    ropeTheta: Double = 10_000, normEpsilon: Float = 1e-5, maximumLength: Int,
    tiedEmbeddings: Bool = true
  ) {
    self.vocabularySize = vocabularySize
    self.width = width
    self.layers = layers
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.feedForward = feedForward
    self.ropeTheta = ropeTheta
    self.normEpsilon = normEpsilon
    self.maximumLength = maximumLength
    self.tiedEmbeddings = tiedEmbeddings
  }

  /// D, the width of one head.
  public var headWidth: Int { width / heads }

  /// How a row of the fused projection is split.
  public var attention: AttentionLayout {
    AttentionLayout(heads: heads, keyValueHeads: keyValueHeads, headWidth: headWidth)
  }

  /// What is wrong with these numbers, in a sentence; nil where nothing is.
  ///
  /// Upper bounds keep a hostile file from making us allocate without limit.
  public var problem: String? {
    let bounds: [(String, Int, ClosedRange<Int>)] = [
      ("vocabularySize", vocabularySize, 1...1_000_000), ("width", width, 2...65_536),
      ("layers", layers, 1...1_024), ("heads", heads, 1...1_024),
      ("keyValueHeads", keyValueHeads, 1...1_024), ("feedForward", feedForward, 1...1_000_000),
      ("maximumLength", maximumLength, 1...10_000_000),
    ]
    for (name, value, range) in bounds where !range.contains(value) {
      return "\(name) is \(value), outside \(range.lowerBound) to \(range.upperBound)"
    }
    if width % heads != 0 { return "width \(width) is not a multiple of heads \(heads)" }
    if headWidth % 2 != 0 { return "width / heads is \(headWidth), which is odd" }
    if maximumLength * headWidth > 1 << 27 {
      return "maximumLength \(maximumLength) times the head width \(headWidth) is more than "
        + "\(1 << 27), too much for the rotary table"
    }
    if heads % keyValueHeads != 0 {
      return "heads \(heads) is not a multiple of keyValueHeads \(keyValueHeads)"
    }
    if !(ropeTheta > 0) { return "ropeTheta is \(ropeTheta)" }
    if !(normEpsilon > 0) { return "normEpsilon is \(normEpsilon)" }
    return nil
  }
}
