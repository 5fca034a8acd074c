import Foundation
import LanguageModels
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Agreement with PyTorch from the same weights and tokens: see `Golden/parity.py`.
///
/// Both sides compute in Float32, so the tolerances allow for roundings on both.
@Suite struct ParityTests {
  private struct Golden: Decodable {
    struct Case: Decodable {
      let name: String
      let configuration: TransformerConfiguration
      let weightSeed: UInt64
      let dataSeed: UInt64
      let losses: [Double]
      let gradientNorms: [Double]
    }
    let lengths: [Int]
    let logitStride: Int
    let learningRate: Float
    let optimizer: AdamWConfig
    let cases: [Case]
  }

  private let golden: Golden

  init() throws { golden = try readGolden("parity", as: Golden.self) }

  @Test func logits() throws {
    for expected in golden.cases {
      let (model, batches) = start(expected, steps: 1)
      let logits = model.allLogits(batches[0])
      let vocabulary = expected.configuration.vocabularySize
      let kept = stride(from: 0, to: logits.count, by: golden.logitStride * vocabulary)
        .flatMap { logits[$0..<$0 + vocabulary] }
      let reference = try values(of: "logits", in: firstBatch(of: expected))
      #expect(kept.count == reference.count)
      let distance = largest(zip(kept, reference).map { abs($0 - $1) })
      #expect(distance <= 1e-4, "\(expected.name): \(distance)")
    }
  }

  /// Tensor by tensor under the published names, so that a small one fused with a large one counts.
  @Test func gradients() throws {
    for expected in golden.cases {
      let (model, batches) = start(expected, steps: 1)
      _ = addGradient(of: batches[0], to: model)
      let gradients = try publishedGradients(of: model)
      let file = try firstBatch(of: expected)
      #expect(gradients.keys.sorted() == file.names.filter { $0 != "logits" })
      for (name, gradient) in gradients {
        let reference = try values(of: name, in: file)
        let scale = largest(reference.map(abs))
        let distance = largest(zip(gradient, reference).map { abs($0 - $1) })
        #expect(gradient.count == reference.count && scale > 0)
        #expect(distance <= 1e-3 * scale, "\(expected.name), \(name): \(distance) of \(scale)")
      }
    }
  }

  @Test func lossCurve() {
    for expected in golden.cases {
      let (model, batches) = start(expected, steps: expected.losses.count)
      let optimizer = AdamW(model.parameters, config: golden.optimizer)
      for (step, batch) in batches.enumerated() {
        let loss = addGradient(of: batch, to: model)
        let norm = Double(optimizer.step(learningRate: golden.learningRate))
        let reference = (expected.losses[step], expected.gradientNorms[step])
        #expect(abs(loss - reference.0) <= 1e-3, "\(expected.name), step \(step)")
        #expect(abs(norm / reference.1 - 1) <= 1e-3, "\(expected.name), step \(step)")
      }
    }
  }

  /// The model before training, and one batch for each step.
  private func start(
    _ expected: Golden.Case, steps: Int
  ) -> (model: Transformer, batches: [[[Int32]]]) {
    var random = SeededGenerator(seed: expected.dataSeed)
    let vocabulary = UInt64(expected.configuration.vocabularySize)
    let batches = (0..<steps).map { _ in
      golden.lengths.map { length in
        (0..<length).map { _ -> Int32 in
          let number = random.next() >> 40
          return Int32((number * number * vocabulary) >> 48)
        }
      }
    }
    return (Transformer(seeded: expected.weightSeed, expected.configuration), batches)
  }

  /// One forward and backward pass of the mean of −log p over all tokens but each sequence's first.
  private func addGradient(of sequences: [[Int32]], to model: Transformer) -> Double {
    let batch = PackedBatch(sequences)
    let responses = ResponseTokens(batch, promptCounts: sequences.map { _ in 1 })
    let result = model.logProbs(batch, of: responses)
    let count = responses.targets.count
    result.backward((0..<2 * count).map { $0 % 2 == 0 ? -1 / Float(count) : 0 })
    let values = result.values
    return stride(from: 0, to: 2 * count, by: 2).reduce(0) { $0 - Double(values[$1]) }
      / Double(count)
  }

  /// The gradients of a model as it would publish weights: fused matrices taken apart.
  private func publishedGradients(of model: Transformer) throws -> [String: [Float]] {
    let carrier = Transformer(model.configuration)
    carrier.parameters.snapshot = model.parameters.withBuffers { _, gradients in Array(gradients) }
    return try withTemporaryFolder { folder in
      let url = folder.appending(path: "gradients.safetensors")
      try carrier.write(to: url)
      let file = try Safetensors(contentsOf: url)
      return try Dictionary(
        uniqueKeysWithValues: file.names.map { ($0, try values(of: $0, in: file)) })
    }
  }

  /// What the other side computed on the first batch, before training.
  private func firstBatch(of expected: Golden.Case) throws -> Safetensors {
    try Safetensors(
      contentsOf: URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Golden/parity-\(expected.name).safetensors"))
  }

  private func values(of name: String, in file: Safetensors) throws -> [Float] {
    let shape = try #require(file.shape(of: name))
    var values = [Float](repeating: 0, count: shape.reduce(1, *))
    try values.withUnsafeMutableBufferPointer { try file.read(name, into: $0) }
    return values
  }
}

/// NaN where there is one, so that it fails every bound; 0 for no values.
private func largest(_ values: [Float]) -> Float {
  values.reduce(0) { $0.isNaN || $0 > $1 ? $0 : $1 }
}
