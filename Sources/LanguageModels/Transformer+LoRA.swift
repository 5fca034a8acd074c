import Tensors

extension Transformer {
  /// What training changes: the adapter, with the scalar head where there is one; without an adapter
  /// all weights.
  public var trainable: ParameterStorage { adapter?.storage ?? parameters }

  /// The adapter's settings; nil where the model has none.
  public var adapterConfig: LoRAConfig? { adapter?.config }

  /// A model that shares these weights, frozen, and adds a small adapter that is trained instead. It
  /// computes what this one does until it is trained.
  ///
  /// - Parameters:
  ///   - config: The adapter's settings.
  ///   - newHead: Another head. A scalar head belongs to the adapter: a copy of this model's, or zero.
  ///   - random: Draws the factors that read.
  /// - Precondition: `config.problem` is nil, and this model has no adapter itself.
  public func adapted(
    _ config: LoRAConfig, head newHead: TransformerHead? = nil, random: inout SplitMix64
  ) -> Transformer {
    precondition(adapter == nil, "adapted: the model has an adapter already")
    let adapter = LoRAAdapter(config, configuration, newHead ?? head)
    adapter.initialize(random: &random)
    adapter.storage.copyParameters(from: parameters)
    return Transformer(sharing: self, head: newHead ?? head, adapter: adapter)
  }

  /// A model of its own weights that computes the same: each adapted matrix is W + (α / r) B A.
  public func merged() -> Transformer {
    guard let adapter else { return copy() }
    let whole = Transformer(configuration, head: head)
    whole.recomputesLayers = recomputesLayers
    whole.parameters.copyParameters(from: parameters)
    whole.parameters.copyParameters(from: adapter.storage)
    whole.parameters.withWeights { target in
      for entry in whole.parameters.entries {
        guard let term = adapter.lowRankTerm(of: entry.name) else { continue }
        LayerMatrix(weight: parameters[entry.name], bias: nil, lowRank: term).merged.withValues {
          sum in
          _ = target[entry.range].update(fromContentsOf: sum)
        }
      }
    }
    return whole
  }
}
