import Tensors

/// What a transformer's last layer gives.
public enum TransformerHead: String, Codable, Sendable {
  /// A distribution over tokens.
  case tokens
  /// One number for each position: rewards and values.
  case scalar
}

/// A decoder of the LLaMA family: RMSNorm, rotary positions, grouped-query causal attention,
/// SwiGLU; where the configuration says so with biases in the attention, and normalised queries and
/// keys.
///
/// Source: Touvron et al. 2023, arXiv:2302.13971.
public final class Transformer {
  /// The shape.
  public let configuration: TransformerConfiguration
  /// What the last layer gives.
  public let head: TransformerHead
  /// All weights; of an adapted model those of its base, which it shares and leaves as they are.
  public let parameters: ParameterStorage
  /// Whether a backward pass computes each layer again instead of keeping its activations: for
  /// inputs whose activations would not fit into memory.
  public var recomputesLayers = false
  let adapter: LoRAAdapter?
  private let rotaryTable: RotaryTable
  private let weights: TransformerWeights

  /// A model whose weights are all zero, to be loaded.
  ///
  /// - Precondition: `configuration.problem` is nil.
  public convenience init(
    _ configuration: TransformerConfiguration, head: TransformerHead = .tokens
  ) {
    precondition(configuration.problem == nil, configuration.problem ?? "")
    self.init(
      configuration, head: head, ParameterStorage(Self.layout(configuration, head)))
  }

  /// A model with the weights of a storage, whose layout is that of the configuration.
  init(
    _ configuration: TransformerConfiguration, head: TransformerHead,
    _ parameters: ParameterStorage
  ) {
    self.configuration = configuration
    self.head = head
    self.parameters = parameters
    adapter = nil
    rotaryTable = configuration.rotaryTable
    weights = TransformerWeights(parameters, configuration, head, adapter: nil)
  }

  /// A model that shares the weights of another, frozen, and has an adapter of its own.
  init(sharing base: Transformer, head: TransformerHead, adapter: LoRAAdapter) {
    configuration = base.configuration
    self.head = head
    parameters = base.parameters
    recomputesLayers = base.recomputesLayers
    self.adapter = adapter
    rotaryTable = base.rotaryTable
    weights = TransformerWeights(parameters, configuration, head, adapter: adapter)
  }

  /// A model with random weights: normal with deviation 0.02, smaller by √(2L) for the matrices
  /// that write to the residual stream (Radford et al. 2019); norms 1, biases and a scalar head 0.
  public convenience init(
    _ configuration: TransformerConfiguration, head: TransformerHead = .tokens,
    random: inout SplitMix64
  ) {
    self.init(configuration, head: head)
    let residualScale = 1 / (2 * Float(configuration.layers)).squareRoot()
    parameters.withWeights { weights in
      for entry in parameters.entries {
        if entry.name.hasSuffix("Bias") {
          for index in entry.range { weights[index] = 0 }
        } else if entry.shape.count == 1 {
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

  /// A copy with its own trainable weights, optionally with another head; a new scalar head is zero.
  /// The copy of an adapted model shares its base.
  public func copy(head newHead: TransformerHead? = nil) -> Transformer {
    let head = newHead ?? head
    let other: Transformer
    if let adapter {
      other = Transformer(
        sharing: self, head: head, adapter: LoRAAdapter(adapter.config, configuration, head))
    } else {
      other = Transformer(configuration, head: head)
      other.recomputesLayers = recomputesLayers
    }
    other.trainable.copyParameters(from: trainable)
    return other
  }

  /// Multiplies a scalar head, and with it every value, by a factor.
  ///
  /// - Precondition: The head gives a scalar.
  public func scaleHead(by factor: Float) {
    precondition(head == .scalar, "scaleHead: the model has a token head")
    trainable.withWeights { weights in
      for entry in trainable.entries where entry.name == "score" {
        for index in entry.range { weights[index] *= factor }
      }
    }
  }

  /// Normalised hidden state of each token of packed sequences, `[N, C]`.
  ///
  /// - Parameters:
  ///   - rows: Which rows are wanted, in any order; nil for all. The others are left out as soon as
  ///     nothing attends to them.
  ///   - dropout: Zeroes parts of what each block adds to the residual stream.
  public func hiddenStates(
    _ batch: PackedBatch, rows: [Int]? = nil, dropout: inout Dropout
  ) -> Tensor {
    let layout = configuration.attention
    return hiddenStates(
      weights, tokens: batch.tokens, positions: batch.positions, rows: rows, dropout: &dropout
    ) { projection, _ in projection.causalAttention(layout, offsets: batch.offsets) }
  }

  /// The same without dropout.
  public func hiddenStates(_ batch: PackedBatch, rows: [Int]? = nil) -> Tensor {
    var none = Dropout.none
    return hiddenStates(batch, rows: rows, dropout: &none)
  }

  /// Hidden states of the next tokens of cached sequences, not recorded, `[N, C]`.
  ///
  /// - Parameters:
  ///   - segments: Which tokens continue which slot; together all of `tokens`.
  ///   - rows: Which rows are wanted, in any order; nil for all.
  ///   - packed: What `packedWeights` gave; nil for the weights as they are.
  public func hiddenStates(
    continuing cache: KeyValueCache, tokens: [Int32], segments: [KeyValueCache.Segment],
    rows: [Int]? = nil, packed: TransformerWeights? = nil
  ) -> Tensor {
    var positions = [Int](repeating: 0, count: tokens.count)
    for segment in segments {
      for (index, row) in segment.rows.enumerated() { positions[row] = segment.past + index }
    }
    var none = Dropout.none
    return withoutGradient {
      hiddenStates(
        packed ?? weights, tokens: tokens, positions: positions, rows: rows, dropout: &none
      ) { projection, layer in
        cache.attend(projection, layer: layer, segments: segments)
      }
    }
  }

  /// The weights in the order in which products of few rows read them fastest: a copy, for one
  /// generation.
  public func packedWeights() -> TransformerWeights { weights.packed() }

  /// The output head's matrix, `[V, C]` or `[1, C]`.
  public var headWeights: Tensor { weights.head }

  private func hiddenStates(
    _ weights: TransformerWeights, tokens: [Int32], positions: [Int], rows: [Int]?,
    dropout: inout Dropout, attend: @escaping (_ projection: Tensor, _ layer: Int) -> Tensor
  ) -> Tensor {
    var stream = weights.embedding.rows(tokens)
    for (index, layer) in weights.layers.enumerated() {
      let isLast = index == weights.layers.count - 1
      let rows = isLast ? rows : nil
      let start = dropout
      var end = dropout
      let block = { [self] (stream: Tensor) in
        // Both passes of a recomputed layer draw the same numbers.
        end = start
        return run(
          layer, on: stream, positions: positions, rows: rows, dropout: &end
        ) { attend($0, index) }
      }
      // The last layer's backward pass comes first: what it keeps is not kept for long.
      stream =
        recomputesLayers && !isLast
        ? stream.recomputing(with: layer.all, block) : block(stream)
      dropout = end
    }
    return stream.rmsNorm(weights.norm, epsilon: configuration.normEpsilon)
  }

  private func run(
    _ layer: TransformerWeights.Layer, on input: Tensor, positions: [Int], rows: [Int]?,
    dropout: inout Dropout, attend: (_ projection: Tensor) -> Tensor
  ) -> Tensor {
    let epsilon = configuration.normEpsilon
    let projection = project(
      input.rmsNorm(layer.attentionNorm, epsilon: epsilon), layer, positions: positions)
    var (attended, stream) = (attend(projection), input)
    if let rows { (attended, stream) = (attended.rows(rows), stream.rows(rows)) }
    stream = dropout.apply(to: attended).linear(layer.attentionOutput, addedTo: stream)
    let gated = stream.rmsNorm(layer.feedForwardNorm, epsilon: epsilon)
      .linear(layer.gateUp).swiGLU()
    return dropout.apply(to: gated).linear(layer.down, addedTo: stream)
  }

  /// Queries, keys and values, the first two rotated.
  private func project(
    _ input: Tensor, _ layer: TransformerWeights.Layer, positions: [Int]
  ) -> Tensor {
    guard let norms = layer.headNorms else {
      return input.rotatedLinear(
        layer.projection, rotaryTable, positions: positions,
        heads: configuration.heads + configuration.keyValueHeads)
    }
    return input.linear(layer.projection)
      .rotatedNormalizedHeads(
        configuration.attention, queryNorm: norms.query, keyNorm: norms.key,
        epsilon: configuration.normEpsilon, rotaryTable, positions: positions)
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
      ]
      if c.projectionBias {
        layout.append(("layers.\(layer).projectionBias", [c.attention.projectionWidth]))
      }
      if c.queryKeyNorm {
        layout.append(("layers.\(layer).queryNorm", [c.headWidth]))
        layout.append(("layers.\(layer).keyNorm", [c.headWidth]))
      }
      layout.append(("layers.\(layer).attentionOutput", [c.width, c.attention.queryWidth]))
      if c.outputBias { layout.append(("layers.\(layer).attentionOutputBias", [c.width])) }
      layout += [
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
