import Foundation

extension Run {
  /// All stages in order; those that are finished are skipped.
  ///
  /// - Returns: The evaluation.
  public func runAll() async throws -> EvaluationReport {
    let scorers = try await openTargets()
    for scorer in scorers { try await buildDataset(scorer) }
    try await trainBase()
    for rewriter in rewriters {
      let scorer = try scorer(of: rewriter, among: scorers)
      try await trainSFT(rewriter, targetID: scorer.targetID)
      try await trainReward(rewriter, targetID: scorer.targetID)
      try await trainRL(rewriter, scorer: scorer)
    }
    let report = try await evaluate(scorers)
    try await export()
    return report
  }

  /// One stage alone, for all targets; it needs what the stages before it left.
  public func runStage(_ stage: Stage) async throws {
    let scorers = try await openTargets()
    switch stage {
    case .targets: break
    case .dataset: for scorer in scorers { try await buildDataset(scorer) }
    case .base: try await trainBase()
    case .sft, .reward, .rl:
      for rewriter in rewriters {
        let scorer = try scorer(of: rewriter, among: scorers)
        switch stage {
        case .sft: try await trainSFT(rewriter, targetID: scorer.targetID)
        case .reward: try await trainReward(rewriter, targetID: scorer.targetID)
        default: try await trainRL(rewriter, scorer: scorer)
        }
      }
    case .evaluation: _ = try await evaluate(scorers)
    case .export: try await export()
    }
  }

  private func scorer(
    of rewriter: RewriterIdentity, among scorers: [PromptScorer]
  ) throws -> PromptScorer {
    guard let scorer = scorers.first(where: { $0.target.name == rewriter.target }) else {
      throw RunError.noData("there is no target '\(rewriter.target)'")
    }
    return scorer
  }

  /// The evaluation alone.
  public func runEvaluation() async throws -> EvaluationReport {
    try await evaluate(try await openTargets())
  }

  /// Loads the targets; those that this run has to train are trained first.
  func openTargets() async throws -> [PromptScorer] {
    try await trainMissingTargets()
    return try configuration.targets.map { source in
      try PromptScorer(
        source.open(configuration.connection), price: source.price, run: self)
    }
  }

  private func trainMissingTargets() async throws {
    let files = FileManager.default
    let work = folder.url.appendingPathComponent("target-training")
    let missing = configuration.targets.filter(\.isMissing)
    // Where a kill came after the last target, all are there but not yet compared.
    guard !missing.isEmpty || files.fileExists(atPath: work.path) else { return }
    let trained = missing.isEmpty ? configuration.targets : missing
    try await stage(.targets) {
      for file in Set(trained.compactMap(\.trainedBy)).sorted() {
        let settings = try ConfigurationLoader.load(
          TargetConfiguration.self, from: URL(fileURLWithPath: file))
        let training = try TargetTraining(
          settings, work: work.appendingPathComponent(settings.name), data: data, resume: true,
          observer: observer)
        let comparison = try await training.run()
        let json = try ConfigurationLoader.resolvedJSON(comparison)
        try Data(json.utf8).write(
          to: folder.url.appendingPathComponent("targets.json"), options: .atomic)
      }
      return ["trained": Double(trained.count)]
    }
  }
}
