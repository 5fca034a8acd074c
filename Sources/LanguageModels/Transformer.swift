import Tensors

/// What a transformer's last layer gives.
public enum TransformerHead: String, Codable, Sendable {
  /// A distribution over tokens.
  case tokens
  /// One number for each position: rewards and values.
  case scalar
}

/// A decoder of the LLaMA family: RMSNorm, rotary positions, grouped-query causal attention,
/// SwiGLU.
///
/// Source: Touvron et al. 2023, arXiv:2302.13971.
public final class Transformer {
  /// The shape.
  public let configuration: TransformerConfiguration
  /// What the last layer gives.
  public let head: TransformerHead
  /// All weights.
  public let parameters: ParameterStorage
  private let rotaryTable: RotaryTable
  private let layers: [Layer]

  /// The parameters of one layer.
  private struct Layer {
    let attentionNorm, projection, attentionOutput, feedForwardNorm, gateUp, down: Tensor
  }

  /// A model whose weights are all zero, to be loaded.
  ///
  /// - Precondition: `configuration.problem` is nil.
  public init(_ configuration: TransformerConfiguration, head: TransformerHead = .tokens) {
    precondition(configuration.problem == nil, configuration.problem ?? "")
    self.configuration = configuration
    self.head = head
    let parameters = ParameterStorage(Self.layout(configuration, head))
    self.parameters = parameters
    rotaryTable = RotaryTable(
      headWidth: configuration.headWidth, base: configuration.ropeTheta,
      length: configuration.maximumLength)
    layers = (0..<configuration.layers).map { layer in
      Layer(
        attentionNorm: parameters["layers.\(layer).attentionNorm"],
        projection: parameters["layers.\(layer).projection"],
        attentionOutput: parameters["layers.\(layer).attentionOutput"],
        feedForwardNorm: parameters["layers.\(layer).feedForwardNorm"],
        gateUp: parameters["layers.\(layer).gateUp"],
        down: parameters["layers.\(layer).down"])
    }
  }

  /// A model with random weights: normal with deviation 0.02, smaller by √(2L) for the matrices
  /// that write to the residual stream (Radford et al. 2019); norms 1, a scalar head 0.
  public convenience init(
    _ configuration: TransformerConfiguration, head: TransformerHead = .tokens,
    random: inout SplitMix64
  ) {
    self.init(configuration, head: head)
    let residualScale = 1 / (2 * Float(configuration.layers)).squareRoot()
    parameters.withBuffers { weights, _ in
      for entry in parameters.entries {
        if entry.shape.count == 1 {
          for index in entry.range { weights[index] = 1 }
        } else if entry.name != "score" {
          let writesResidual =
            entry.name.hasSuffix("attentionOutput") || entry.name.hasSuffix("down")
          let deviation: Float = 0.02 * (writesResidual ? residualScale : 1)
          for index in entry.range { weights[index] = deviation * random.nextNormal() }
        }
      }
    }
  }

  /// A copy with its own weights, optionally with another head; a new scalar head is zero.
  public func copy(head newHead: TransformerHead? = nil) -> Transformer {
    let other = Transformer(configuration, head: newHead ?? head)
    other.parameters.withBuffers { target, _ in
      parameters.withBuffers { source, _ in
        let ranges = Dictionary(
          uniqueKeysWithValues: parameters.entries.map { ($0.name, $0.range) })
        for entry in other.parameters.entries {
          guard let range = ranges[entry.name] else { continue }
          for (to, from) in zip(entry.range, range) { target[to] = source[from] }
        }
      }
    }
    return other
  }

  /// Multiplies a scalar head, and with it every value, by a factor.
  ///
  /// - Precondition: The head gives a scalar.
  public func scaleHead(by factor: Float) {
    precondition(head == .scalar, "scaleHead: the model has a token head")
    parameters.withBuffers { weights, _ in
      for entry in parameters.entries where entry.name == "score" {
        for index in entry.range { weights[index] *= factor }
      }
    }
  }

  /// Normalised hidden state of each token of packed sequences, `[N, C]`.
  ///
  /// - Parameter dropout: Zeroes parts of what each block adds to the residual stream.
  public func hiddenStates(_ batch: PackedBatch, dropout: inout Dropout) -> Tensor {
    let layout = configuration.attention
    return hiddenStates(
      tokens: batch.tokens, positions: batch.positions, dropout: &dropout
    ) { projection, _ in projection.causalAttention(layout, offsets: batch.offsets) }
  }

  /// The same without dropout.
  public func hiddenStates(_ batch: PackedBatch) -> Tensor {
    var none = Dropout.none
    return hiddenStates(batch, dropout: &none)
  }

  /// Hidden states of the next tokens of cached sequences, not recorded, `[N, C]`.
  ///
  /// - Parameter segments: Which tokens continue which slot; together all of `tokens`.
  public func hiddenStates(
    continuing cache: KeyValueCache, tokens: [Int32], segments: [KeyValueCache.Segment]
  ) -> Tensor {
    var positions = [Int](repeating: 0, count: tokens.count)
    for segment in segments {
      for (index, row) in segment.rows.enumerated() { positions[row] = segment.past + index }
    }
    var none = Dropout.none
    return withoutGradient {
      hiddenStates(tokens: tokens, positions: positions, dropout: &none) { projection, layer in
        cache.attend(projection, layer: layer, segments: segments)
      }
    }
  }

  /// The output head's matrix, `[V, C]` or `[1, C]`.
  public var headWeights: Tensor {
    switch head {
    case .scalar: parameters["score"]
    case .tokens: parameters[configuration.tiedEmbeddings ? "embedding" : "head"]
    }
  }

  private func hiddenStates(
    tokens: [Int32], positions: [Int], dropout: inout Dropout,
    attend: (_ projection: Tensor, _ layer: Int) -> Tensor
  ) -> Tensor {
    let epsilon = configuration.normEpsilon
    let rotated = configuration.heads + configuration.keyValueHeads
    var stream = parameters["embedding"].rows(tokens)
    for (index, layer) in layers.enumerated() {
      let projection = stream.rmsNorm(layer.attentionNorm, epsilon: epsilon)
        .linear(layer.projection)
        .rotary(rotaryTable, positions: positions, heads: rotated)
      stream = dropout.apply(to: attend(projection, index))
        .linear(layer.attentionOutput, addedTo: stream)
      let gated = stream.rmsNorm(layer.feedForwardNorm, epsilon: epsilon)
        .linear(layer.gateUp).swiGLU()
      stream = dropout.apply(to: gated).linear(layer.down, addedTo: stream)
    }
    return stream.rmsNorm(parameters["norm"], epsilon: epsilon)
  }

  /// Name and shape of every parameter, in the order of the storage.
  static func layout(
    _ c: TransformerConfiguration, _ head: TransformerHead
  ) -> [(name: String, shape: [Int])] {
    var layout: [(name: String, shape: [Int])] = [("embedding", [c.vocabularySize, c.width])]
    for layer in 0..<c.layers {
      layout += [
        ("layers.\(layer).attentionNorm", [c.width]),
        ("layers.\(layer).projection", [c.attention.projectionWidth, c.width]),
        ("layers.\(layer).attentionOutput", [c.width, c.attention.queryWidth]),
        ("layers.\(layer).feedForwardNorm", [c.width]),
        ("layers.\(layer).gateUp", [2 * c.feedForward, c.width]),
        ("layers.\(layer).down", [c.width, c.feedForward]),
      ]
    }
    layout.append(("norm", [c.width]))
    switch head {
    case .scalar: layout.append(("score", [1, c.width]))
    case .tokens: if !c.tiedEmbeddings { layout.append(("head", [c.vocabularySize, c.width])) }
    }
    return layout
  }
}
