import Tensors

/// The tensors of a transformer, by their place in it.
public struct TransformerWeights {
  /// The parameters of one layer.
  struct Layer {
    let attentionNorm: Tensor
    let projection, attentionOutput: LayerMatrix
    /// Norms of each query and each key; nil where the model has none.
    let headNorms: (query: Tensor, key: Tensor)?
    let feedForwardNorm: Tensor
    let gateUp, down: LayerMatrix

    var all: [Tensor] {
      [attentionNorm, feedForwardNorm] + (headNorms.map { [$0.query, $0.key] } ?? [])
        + [projection, attentionOutput, gateUp, down].flatMap(\.tensors)
    }
  }

  let embedding: Tensor
  let layers: [Layer]
  let norm: Tensor
  /// The output head's matrix.
  public let head: Tensor

  /// - Parameter adapter: What is trained instead of the parameters, which then want no gradient.
  init(
    _ parameters: ParameterStorage, _ configuration: TransformerConfiguration,
    _ head: TransformerHead, adapter: LoRAAdapter?
  ) {
    let tensor = { (name: String) in
      adapter == nil ? parameters[name] : parameters[name].detached
    }
    let matrix = { (name: String, hasBias: Bool) in
      LayerMatrix(
        weight: tensor(name), bias: hasBias ? tensor(name + "Bias") : nil,
        lowRank: adapter?.lowRankTerm(of: name))
    }
    embedding = tensor("embedding")
    layers = (0..<configuration.layers).map { layer in
      Layer(
        attentionNorm: tensor("layers.\(layer).attentionNorm"),
        projection: matrix("layers.\(layer).projection", configuration.projectionBias),
        attentionOutput: matrix("layers.\(layer).attentionOutput", configuration.outputBias),
        headNorms: configuration.queryKeyNorm
          ? (tensor("layers.\(layer).queryNorm"), tensor("layers.\(layer).keyNorm")) : nil,
        feedForwardNorm: tensor("layers.\(layer).feedForwardNorm"),
        gateUp: matrix("layers.\(layer).gateUp", false),
        down: matrix("layers.\(layer).down", false))
    }
    norm = tensor("norm")
    switch head {
    case .scalar: self.head = (adapter?.storage ?? parameters)["score"]
    case .tokens: self.head = tensor(configuration.tiedEmbeddings ? "embedding" : "head")
    }
  }

  private init(embedding: Tensor, layers: [Layer], norm: Tensor, head: Tensor) {
    self.embedding = embedding
    self.layers = layers
    self.norm = norm
    self.head = head
  }

  /// All matrices packed for products, those of an adapted model merged first.
  func packed() -> TransformerWeights {
    TransformerWeights(
      embedding: embedding,
      layers: layers.map { layer in
        Layer(
          attentionNorm: layer.attentionNorm,
          projection: layer.projection.packed(),
          attentionOutput: layer.attentionOutput.packed(), headNorms: layer.headNorms,
          feedForwardNorm: layer.feedForwardNorm, gateUp: layer.gateUp.packed(),
          down: layer.down.packed())
      }, norm: norm, head: head.packedForProducts())
  }
}
