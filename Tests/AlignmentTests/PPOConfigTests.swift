import Alignment
import Testing

@Suite struct PPOConfigTests {
  private func problem(_ change: (inout PPOConfig) -> Void) -> String? {
    var config = Toy.ppo
    change(&config)
    return config.problem
  }

  @Test func whatIsRightHasNoProblem() {
    #expect(Toy.ppo.problem == nil)
    #expect(problem { $0.rankingsPerStep = 0 } == nil)
    #expect(problem { $0.pretrainingPerStep = 0 } == nil)
    #expect(problem { $0.klHorizon = 0 } == nil)
    #expect(problem { $0.criticLearningRate = 0 } == nil)
  }

  @Test func problemsBeginWithTheirKey() {
    #expect(problem { $0.updates = 0 } == "updates is 0, outside 1...1000000")
    #expect(problem { $0.epochs = 1_000_001 } == "epochs is 1000001, outside 1...1000000")
    #expect(problem { $0.learningRate = 0 } == "learningRate is 0.0, not a number above 0")
    #expect(problem { $0.clipRange = .nan } == "clipRange is nan, not a number above 0")
    #expect(problem { $0.klLimit = -1 } == "klLimit is -1.0, not a number of 0 or more")
    #expect(
      problem { $0.klCoefficient = .infinity }
        == "klCoefficient is inf, not a number of 0 or more")
    #expect(problem { $0.lambda = 1.5 } == "lambda is 1.5, outside 0...1")
    #expect(problem { $0.optimizer.beta2 = 1 } == "optimizer.beta2 is 1.0, outside 0..<1")
    #expect(
      problem { $0.missingEndPenalty = .nan } == "missingEndPenalty is nan, not a finite number")
  }

  @Test func countsOfTermsThatAreOnStartAtOne() {
    #expect(
      problem {
        $0.rankingCoefficient = 1
        $0.rankingsPerStep = 0
      } == "rankingsPerStep is 0, outside 1...1000000")
    #expect(
      problem {
        $0.pretrainingCoefficient = 1
        $0.pretrainingPerStep = 0
      } == "pretrainingPerStep is 0, outside 1...1000000")
    #expect(
      problem {
        $0.klTarget = 6
        $0.klHorizon = 0
      } == "klHorizon is 0, outside 1...1000000")
    #expect(problem { $0.rankingsPerStep = -1 } == "rankingsPerStep is -1, outside 0...1000000")
  }
}
