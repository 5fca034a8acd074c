import Alignment
import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

@Suite struct SupervisedTrainerTests {
  @Test func overfitsFourExamples() {
    var random = SeededGenerator(seed: 21)
    var examples = Toy.examples(4, using: &random)
    // Equal prompts could not both be learned.
    for index in examples.indices { examples[index].prompt = [Int32(10 + index)] }
    let model = Toy.model(seed: 1, layers: 2)
    let trainer = SupervisedTrainer(model, config: Toy.supervised(rate: 1e-2), seed: 0)
    let start = SupervisedTrainer.loss(of: model, examples, batchSize: 4)
    // A model of small random weights knows nothing: log 32 nats a token.
    #expect(abs(start - log(32)) < 0.1)
    for _ in 0..<120 { _ = trainer.step(examples) }
    #expect(SupervisedTrainer.loss(of: model, examples, batchSize: 4) < 0.05)
    #expect(trainer.stepCount == 120)
  }

  /// A gradient that is not a number spoils one step, not the weights, the moments or the schedule.
  @Test func aGradientThatIsNotFiniteIsSkipped() {
    var random = SeededGenerator(seed: 24)
    let examples = Toy.examples(4, using: &random)
    let model = Toy.model(seed: 4)
    let trainer = SupervisedTrainer(model, config: Toy.supervised(rate: 1e-2), seed: 0)
    let before = model.parameters.snapshot
    model.parameters.withBuffers { _, gradients in gradients[7] = .nan }
    let spoilt = trainer.step(examples)
    #expect(spoilt.isSkipped && spoilt.loss.isFinite && trainer.stepCount == 0)
    #expect(model.parameters.snapshot == before)
    let sound = trainer.step(examples)
    #expect(!sound.isSkipped && sound.loss == spoilt.loss && trainer.stepCount == 1)
  }

  @Test func aStepReportsTheLossBeforeIt() {
    var random = SeededGenerator(seed: 22)
    let examples = Toy.examples(5, using: &random)
    let model = Toy.model(seed: 2)
    let before = SupervisedTrainer.loss(of: model, examples, batchSize: 2)
    let trainer = SupervisedTrainer(model, config: Toy.supervised(rate: 1e-2), seed: 0)
    let statistics = trainer.step(examples)
    #expect(abs(statistics.loss - before) < 1e-5)
    #expect(statistics.tokens == examples.reduce(0) { $0 + $1.prompt.count + $1.response.count })
    #expect(statistics.learningRate == 1e-2 && statistics.gradientNorm > 0)
  }

  /// The gradient is that of the responses' likelihood alone, which is computed here from logits in
  /// Double: prompt tokens are read, never learned.
  @Test func gradientIsThatOfTheResponsesAlone() {
    var random = SeededGenerator(seed: 23)
    let examples = Toy.examples(3, using: &random)
    let model = Toy.model(seed: 3, layers: 2)
    // Weights of a trained model's size; around 0.02 the normalisations bend too much for a step.
    model.parameters.snapshot = model.parameters.snapshot.map { $0 == 1 ? 1 : 8 * $0 }
    var none = Dropout.none
    let loss = addLikelihoodGradient(
      model, ResponseBatch(examples), averaging: .tokens, dropout: &none)
    #expect(abs(Double(loss) - responseLoss(model, examples)) < 1e-5)
    let gradient = takeGradient(of: model)
    let weights = model.parameters.snapshot
    let step: Float = 3e-3
    for entry in model.parameters.entries {
      let steepest =
        entry.range.max { abs(gradient[$0]) < abs(gradient[$1]) } ?? entry.range.lowerBound
      for index in [steepest, Int.random(in: entry.range, using: &random)] {
        let slopes = [step, -step].map { distance in
          var moved = weights
          moved[index] += distance
          model.parameters.snapshot = moved
          return responseLoss(model, examples)
        }
        let slope = (slopes[0] - slopes[1]) / Double(2 * step)
        #expect(
          abs(slope - Double(gradient[index])) < 1e-3 + 0.01 * abs(slope), "\(entry.name) \(index)")
      }
    }
  }

  /// Unmarked tokens of a response are read like a prompt: moving them there changes nothing.
  @Test func unmarkedTokensAreNotLearned() {
    let model = Toy.model(seed: 6)
    let marked = SequenceExample(
      prompt: [4], response: [5, 6, 7, 1], isTarget: [false, false, true, true])
    let moved = SequenceExample(prompt: [4, 5, 6], response: [7, 1])
    var none = Dropout.none
    let (losses, gradients) = [marked, moved].reduce(into: ([Float](), [[Float]]())) {
      $0.0.append(
        addLikelihoodGradient(model, ResponseBatch([$1]), averaging: .tokens, dropout: &none))
      $0.1.append(takeGradient(of: model))
    }
    #expect(abs(losses[0] - losses[1]) < 1e-6)
    expectClose(gradients[0], gradients[1].map { Double($0) }, tolerance: 1e-5)
    #expect(
      abs(SupervisedTrainer.loss(of: model, [marked], batchSize: 1) - losses[1]) < 1e-6)
  }

  /// A packed batch is the mean of its rows: the same gradient as rows accumulated one by one.
  @Test func aBatchEqualsAccumulatedRows() {
    var random = SeededGenerator(seed: 24)
    let examples = Toy.examples(6, using: &random)
    let model = Toy.model(seed: 4)
    var none = Dropout.none
    let loss = addLikelihoodGradient(
      model, ResponseBatch(examples), averaging: .rows, dropout: &none)
    let packed = takeGradient(of: model)
    let losses = examples.map {
      addLikelihoodGradient(
        model, ResponseBatch([$0]), averaging: .rows, coefficient: 1 / 6, dropout: &none)
    }
    let accumulated = takeGradient(of: model)
    #expect(abs(loss - losses.reduce(0, +) / 6) < 1e-5)
    expectClose(packed, accumulated.map { Double($0) }, tolerance: 1e-5)
    #expect(packed.contains { abs($0) > 1e-3 })
  }

  @Test func dropoutFollowsItsSeed() {
    func weights(dropout: Float, seed: UInt64) -> [Float] {
      var random = SeededGenerator(seed: 25)
      let model = Toy.model(seed: 5)
      let trainer = SupervisedTrainer(
        model, config: Toy.supervised(rate: 1e-2, dropout: dropout), seed: seed)
      for _ in 0..<3 { _ = trainer.step(Toy.examples(4, using: &random)) }
      return model.parameters.snapshot
    }
    let first = weights(dropout: 0.1, seed: 0)
    #expect(first == weights(dropout: 0.1, seed: 0))
    #expect(first != weights(dropout: 0.1, seed: 1))
    #expect(first != weights(dropout: 0, seed: 0))
    #expect(weights(dropout: 0, seed: 0) == weights(dropout: 0, seed: 1))
  }
}

/// The gradients that the model holds, which it then forgets.
private func takeGradient(of model: Transformer) -> [Float] {
  defer { model.parameters.zeroGradients() }
  return model.parameters.withBuffers { _, gradients in Array(gradients) }
}

/// Mean negative log-likelihood of the response tokens, in Double from the logits.
private func responseLoss(_ model: Transformer, _ examples: [SequenceExample]) -> Double {
  var (sum, count) = (0.0, 0)
  for example in examples {
    let batch = PackedBatch([example.prompt + example.response])
    let logits = withoutGradient {
      model.hiddenStates(batch).logits(head: model.headWeights).values
    }
    for (index, token) in example.response.enumerated() {
      let row = (example.prompt.count + index - 1) * Toy.vocabularySize
      let line = logits[row..<row + Toy.vocabularySize].map { Double($0) }
      sum += log(line.reduce(0) { $0 + exp($1) }) - line[Int(token)]
      count += 1
    }
  }
  return sum / Double(count)
}
