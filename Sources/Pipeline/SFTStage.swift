import Alignment
import Foundation
import Tensors

extension Run {
  /// Supervised fine-tuning of one rewriter on the pairs of its target.
  ///
  /// Source: MAPO (P).
  func trainSFT(_ rewriter: RewriterIdentity, targetID: Int64) async throws {
    try await stage(.sft, rewriter.name) {
      try require(.base)
      try require(.dataset, rewriter.target)
      let (model, tokenizer, format) = try load(folder.model(.base))
      let measured = try store.pairs(target: targetID).map {
        $0.believed(minimumFreshGain: configuration.sft.minimumFreshGain)
      }
      var random = SplitMix64(seed: rewriter.seed, stream: "sft variation")
      let pairs = measured + augmentation.varied(measured, using: &random)
      let data = alignmentData(format)
      let examples =
        data.supervisedExamples(pairs)
        + data.supervisedExamples(try store.importedPairs(target: rewriter.target))
      guard !examples.isEmpty else {
        throw RunError.noData("the dataset of target '\(rewriter.target)' has no pair")
      }
      let sft = configuration.sft
      let steps = max(1, examples.count * sft.epochs / sft.batchSize)
      let trainer = SupervisedTrainer(
        model,
        config: SupervisedConfig(
          batchSize: sft.batchSize, schedule: sft.rate.schedule(steps: steps),
          optimizer: sft.optimizer, dropout: sft.dropout, averaging: .tokens),
        seed: rewriter.seed)
      var order = MinibatchOrder(
        count: examples.count, random: SplitMix64(seed: rewriter.seed, stream: "sft order"))
      var loss = Float(0)
      for step in 0..<steps {
        try Task.checkCancellation()
        let statistics = trainer.step(order.next(sft.batchSize).map { examples[$0] })
        loss = step == 0 ? statistics.loss : 0.9 * loss + 0.1 * statistics.loss
        log(statistics, .sft, rewriter.name, step: step)
        observer.report(
          "sft \(rewriter.name)", step + 1, of: steps, String(format: "loss %.3f", loss))
      }
      try save(model, tokenizer, to: folder.model(.sft, rewriter.name))
      return ["loss": Double(loss), "pairs": Double(examples.count), "steps": Double(steps)]
    }
  }
}
