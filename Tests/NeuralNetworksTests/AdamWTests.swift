import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct AdamWTests {
  private struct Golden: Decodable {
    struct Run: Decodable {
      let limit: Float
      let steps: [Step]
    }
    struct Step: Decodable {
      let norm: Double
      let weights: [Double]
    }
    let seed: UInt64
    let config, learningRates, gradientScales: [Float]
    let runs: [Run]
  }

  private let storage = ParameterStorage([("matrix", [3, 5]), ("vector", [7])])

  private func config(decay: Float = 0, limit: Float = 0) -> AdamWConfig {
    AdamWConfig(
      beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: decay, maximumGradientNorm: limit)
  }

  private func setGradients(_ values: [Float]) {
    storage.withBuffers { _, gradients in
      for (index, value) in values.enumerated() { gradients[index] = value }
    }
  }

  @Test func agreesWithGolden() throws {
    let golden = try readGolden("adamw", as: Golden.self)
    for run in golden.runs {
      var random = SeededGenerator(seed: golden.seed)
      storage.snapshot = random.symmetric(storage.count)
      let optimizer = AdamW(storage, config: config(decay: golden.config[3], limit: run.limit))
      for (index, step) in run.steps.enumerated() {
        setGradients(random.symmetric(storage.count, scale: golden.gradientScales[index]))
        let norm = optimizer.step(learningRate: golden.learningRates[index])
        expectClose([norm], to: [step.norm])
        expectClose(storage.snapshot, to: step.weights, within: 1e-6, "step \(index + 1)")
        #expect(storage.squaredGradientNorm == 0, "gradients are forgotten")
      }
      #expect(optimizer.stepCount == 5)
    }
  }

  @Test func problemsBeginWithTheirKey() {
    #expect(config(decay: 0.1, limit: 1).problem == nil)
    func problem(_ change: (inout AdamWConfig) -> Void) -> String? {
      var config = config()
      change(&config)
      return config.problem
    }
    #expect(problem { $0.beta1 = 1 } == "beta1 is 1.0, outside 0..<1")
    #expect(problem { $0.beta2 = .nan } == "beta2 is nan, outside 0..<1")
    #expect(problem { $0.epsilon = 0 } == "epsilon is 0.0, not a number above 0")
    #expect(problem { $0.weightDecay = -1 } == "weightDecay is -1.0, not a number of 0 or more")
    #expect(
      problem { $0.maximumGradientNorm = .infinity }
        == "maximumGradientNorm is inf, not a number of 0 or more")
  }

  @Test func onlyMatricesDecay() {
    storage.snapshot = [Float](repeating: 2, count: storage.count)
    AdamW(storage, config: config(decay: 0.5)).step(learningRate: 0.1)
    #expect(storage["matrix"].values.allSatisfy { abs($0 - 1.9) < 1e-6 })
    #expect(storage["vector"].values.allSatisfy { $0 == 2 })
  }

  @Test func theFirstStepIsTheLearningRateWhateverTheGradient() {
    var random = SeededGenerator(seed: 1)
    let gradients = random.symmetric(storage.count).map { $0 * 1000 }
    setGradients(gradients)
    AdamW(storage, config: config()).step(learningRate: 0.01)
    for (weight, gradient) in zip(storage.snapshot, gradients) {
      #expect(abs(weight - (gradient < 0 ? 0.01 : -0.01)) < 1e-6)
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func aStepThatIsNotFiniteChangesNothing(value: Float) {
    storage.snapshot = (0..<storage.count).map(Float.init)
    let optimizer = AdamW(storage, config: config(decay: 0.5, limit: 1))
    let before = storage.snapshot
    setGradients([1, value, 1])
    #expect(!optimizer.step(learningRate: 0.1).isFinite)
    #expect(storage.snapshot == before && optimizer.stepCount == 0)
    #expect(storage.squaredGradientNorm == 0, "gradients are forgotten")
    setGradients([1])
    optimizer.step(learningRate: 0.1)
    #expect(storage.snapshot != before && storage.snapshot.allSatisfy { $0.isFinite })
  }

  @Test func aQuadraticIsMinimised() {
    let optimizer = AdamW(storage, config: config(limit: 1))
    let target = (0..<storage.count).map { Float($0) / 10 }
    for step in 0..<400 {
      setGradients(zip(storage.snapshot, target).map { $0 - $1 })
      optimizer.step(learningRate: 0.05 * (1 - Float(step) / 400))
    }
    expectClose(storage.snapshot, to: target, within: 1e-3)
  }
}
