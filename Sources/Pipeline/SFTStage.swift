import Alignment
import FeedbackStore
import Foundation
import LanguageModels
import Rewriting
import Tensors

extension Run {
  /// Supervised fine-tuning of one rewriter on the pairs of its target. The weights with the lowest
  /// loss on held-out families stay.
  ///
  /// Source: MAPO (P).
  func trainSFT(_ rewriter: RewriterIdentity, targetID: Int64) async throws {
    try await stage(.sft, rewriter.name) {
      try require(.base)
      try require(.dataset, rewriter.target)
      let start = try load(baseFolder)
      let (base, format) = (start.contents.model, start.format)
      var random = SplitMix64(seed: rewriter.seed, stream: "adapter")
      let model = configuration.lora.map { base.adapted($0, random: &random) } ?? base
      let data = try sftData(rewriter, targetID: targetID, format)
      let checks = exampleChecks(format, start.contents.tokenizer)
      for examples in [data.training, data.heldOut] {
        try checkSamples(examples, of: .sft, rewriter.name, "sample") { checks.problem(of: $0) }
      }
      let loss = try await fitPolicy(model, data, rewriter)
      try save(model, like: start.contents, to: folder.model(.sft, rewriter.name))
      var summary = [
        "loss": Double(loss.training), "pairs": Double(data.training.count),
        "steps": Double(sftSteps(data)),
      ]
      if let heldOut = loss.heldOut { summary["heldOutLoss"] = Double(heldOut) }
      return summary
    }
  }

  /// The samples of SFT, and those that only choose among weights.
  struct SFTData {
    var training: [SequenceExample]
    var heldOut: [SequenceExample]
  }

  /// Pairs of the target with varied copies, and the user's own. Held-out families are left out of
  /// both: a varied copy would give them away.
  ///
  /// - Throws: `RunError.noData` where there is no pair to learn from.
  func sftData(
    _ rewriter: RewriterIdentity, targetID: Int64, _ format: RewriterFormat
  ) throws -> SFTData {
    let measured = try store.pairs(target: targetID).map {
      $0.believed(minimumFreshGain: configuration.sft.minimumFreshGain)
    }
    let heldOut = Set(
      try rankingSplit(rewriter, targetID: targetID).heldOut.map(RankingSplit.cluster))
    let isHeldOut = { (pair: PromptPair) in heldOut.contains("\(pair.task)\n\(pair.family)") }
    let learned = measured.filter { !isHeldOut($0) }
    var random = SplitMix64(seed: rewriter.seed, stream: "sft variation")
    let data = alignmentData(format)
    let result = SFTData(
      training: data.supervisedExamples(learned + augmentation.varied(learned, using: &random))
        + data.supervisedExamples(try store.importedPairs(target: rewriter.target)),
      heldOut: data.supervisedExamples(measured.filter(isHeldOut)))
    guard !result.training.isEmpty else {
      throw RunError.noData("the dataset of target '\(rewriter.target)' has no pair")
    }
    return result
  }

  private func sftSteps(_ data: SFTData) -> Int {
    max(1, data.training.count * configuration.sft.epochs / configuration.sft.batchSize)
  }

  private struct SFTNotes: Codable {
    var order: MinibatchOrder
    var loss = RunningMean(memory: 0.9)
    var heldOutLoss: Float?
  }

  private func fitPolicy(
    _ model: Transformer, _ data: SFTData, _ rewriter: RewriterIdentity
  ) async throws -> (training: Float, heldOut: Float?) {
    let sft = configuration.sft
    let steps = sftSteps(data)
    let trainer = SupervisedTrainer(
      model,
      config: SupervisedConfig(
        batchSize: sft.batchSize, examplesPerPass: sft.examplesPerPass,
        schedule: sft.rate.schedule(steps: steps), optimizer: sft.optimizer,
        dropout: sft.dropout, averaging: .tokens),
      seed: rewriter.seed)
    var hash = TrainingDataHash()
    hash.combine(data.training)
    hash.combine(data.heldOut)
    let first = SFTNotes(
      order: MinibatchOrder(
        count: data.training.count, random: SplitMix64(seed: rewriter.seed, stream: "sft order")))
    let last = try await loop(.sft, rewriter.name, trainer, notes: SFTNotes.self, data: hash).run(
      steps, notes: first
    ) { step, notes in
      let statistics = trainer.step(notes.order.next(sft.batchSize).map { data.training[$0] })
      notes.loss.add(statistics.loss)
      var evaluation: [(name: String, value: Float)] = []
      let isDue = (step + 1) % sft.evaluateEvery == 0 || step + 1 == steps
      if isDue, !data.heldOut.isEmpty {
        let loss = SupervisedTrainer.loss(of: model, data.heldOut, batchSize: sft.examplesPerPass)
        if trainer.keepIfBest(heldOutLoss: loss) { notes.heldOutLoss = loss }
        evaluation = [("eval/nll", loss)]
      }
      log(statistics, .sft, rewriter.name, step: step, evaluation)
      observer.report("sft \(rewriter.name)", step + 1, of: steps, "loss \(notes.loss)")
      return statistics.isSkipped ? .skipped : .taken
    }
    trainer.restoreBest()
    return (last.loss.value, last.heldOutLoss)
  }
}
