import Tensors

/// The tensors of a transformer, by their place in it.
public struct TransformerWeights {
  /// The parameters of one layer.
  struct Layer {
    let attentionNorm, projection, attentionOutput, feedForwardNorm, gateUp, down: Tensor

    var all: [Tensor] {
      [attentionNorm, projection, attentionOutput, feedForwardNorm, gateUp, down]
    }
  }

  let embedding: Tensor
  let layers: [Layer]
  let norm: Tensor
  /// The output head's matrix.
  public let head: Tensor

  init(
    _ parameters: ParameterStorage, _ configuration: TransformerConfiguration,
    _ head: TransformerHead
  ) {
    embedding = parameters["embedding"]
    layers = (0..<configuration.layers).map { layer in
      Layer(
        attentionNorm: parameters["layers.\(layer).attentionNorm"],
        projection: parameters["layers.\(layer).projection"],
        attentionOutput: parameters["layers.\(layer).attentionOutput"],
        feedForwardNorm: parameters["layers.\(layer).feedForwardNorm"],
        gateUp: parameters["layers.\(layer).gateUp"],
        down: parameters["layers.\(layer).down"])
    }
    norm = parameters["norm"]
    switch head {
    case .scalar: self.head = parameters["score"]
    case .tokens: self.head = parameters[configuration.tiedEmbeddings ? "embedding" : "head"]
    }
  }

  private init(embedding: Tensor, layers: [Layer], norm: Tensor, head: Tensor) {
    self.embedding = embedding
    self.layers = layers
    self.norm = norm
    self.head = head
  }

  /// All matrices packed for products.
  func packed() -> TransformerWeights {
    TransformerWeights(
      embedding: embedding,
      layers: layers.map { layer in
        Layer(
          attentionNorm: layer.attentionNorm,
          projection: layer.projection.packedForProducts(),
          attentionOutput: layer.attentionOutput.packedForProducts(),
          feedForwardNorm: layer.feedForwardNorm, gateUp: layer.gateUp.packedForProducts(),
          down: layer.down.packedForProducts())
      }, norm: norm, head: head.packedForProducts())
  }
}
