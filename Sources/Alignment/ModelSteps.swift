import LanguageModels
import Tensors

// One forward and backward pass for each kind of loss. Gradients are added to those of the model;
// the caller decides when the optimizer steps, so that losses can be learned jointly. Likelihoods of
// data are taken at temperature 1 (O): τ belongs to what was sampled with it.

/// Adds the gradient of `coefficient` · mean negative log-likelihood of the responses.
///
/// - Returns: The loss, before its coefficient, in nats a token.
package func addLikelihoodGradient(
  _ model: Transformer, _ batch: ResponseBatch, averaging: LikelihoodAveraging,
  coefficient: Float = 1, dropout: inout Dropout
) -> Float {
  let weights = likelihoodWeights(
    isTarget: batch.isTarget, offsets: batch.responses.offsets, averaging: averaging)
  let logProbs = model.backwardThroughLogProbs(
    batch.batch, of: batch.responses, weights: weights.map { -coefficient * $0 },
    dropout: &dropout)
  return negativeLogLikelihood(logProbs: logProbs, weights: weights).loss
}

/// Adds the gradient of `coefficient` · RRMF loss.
func addRankingGradient(
  _ model: Transformer, _ rankings: [RankingExample], form: RankingForm,
  crossEntropyCoefficient: Float, minimumGap: Float, coefficient: Float
) -> RankingLoss {
  let batch = ResponseBatch(rankings)
  let output = model.logProbs(batch.batch, of: batch.responses)
  let offsets = batch.responses.offsets
  let loss = rankingLoss(
    meanLogProbs: rowMeans(of: output.logProbColumn, offsets: offsets),
    lengths: rows(offsets).map(\.count), scores: rankings.flatMap(\.scores),
    groups: rankings.groups, form: form,
    crossEntropyCoefficient: crossEntropyCoefficient, minimumGap: minimumGap)
  output.backwardThroughLogProbs(
    rowMeansGradient(loss.result.gradient, offsets: offsets), coefficient: coefficient)
  return loss
}

extension Tensor {
  /// The log-probs of a `[tokens, 2]` result.
  var logProbColumn: [Float] { column(0) }

  /// The entropies of a `[tokens, 2]` result.
  var entropyColumn: [Float] { column(1) }

  private func column(_ index: Int) -> [Float] {
    withValues { values in stride(from: index, to: values.count, by: 2).map { values[$0] } }
  }

  /// Runs `backward` with a gradient for each log-prob.
  func backwardThroughLogProbs(_ gradient: [Float], coefficient: Float) {
    backward(gradient.flatMap { [coefficient * $0, 0] })
  }
}
