import Foundation
import NeuralNetworks
import Testing

@Suite struct LearningRateScheduleTests {
  private func rates(_ shape: LearningRateSchedule.Shape, warmup: Int, final: Float) -> [Float] {
    let schedule = LearningRateSchedule(
      shape: shape, peak: 2, warmupSteps: warmup, totalSteps: 12, finalFraction: final)
    return (0..<15).map { schedule.rate(at: $0) }
  }

  @Test(arguments: LearningRateSchedule.Shape.allCases)
  func warmUpRisesInALineToThePeak(shape: LearningRateSchedule.Shape) {
    #expect(Array(rates(shape, warmup: 4, final: 0.1)[0...4]) == [0.5, 1, 1.5, 2, 2])
    #expect(rates(shape, warmup: 0, final: 0.1)[0] == 2)
  }

  @Test func constantStays() {
    #expect(rates(.constant, warmup: 0, final: 0).allSatisfy { $0 == 2 })
  }

  @Test func linearFallsToTheFractionAndStaysThere() {
    let found = rates(.linear, warmup: 2, final: 0)
    for step in 2..<12 { #expect(abs(found[step] - 2 * Float(12 - step) / 10) < 1e-6) }
    #expect(found[11] > 0 && found[12...].allSatisfy { $0 == 0 })
    #expect(rates(.linear, warmup: 2, final: 0.25)[14] == 0.5)
  }

  @Test func cosineIsHalfwayInTheMiddle() {
    let found = rates(.cosine, warmup: 2, final: 0.5)
    #expect(abs(found[7] - 1.5) < 1e-6)
    #expect(abs(found[12] - 1) < 1e-6)
    #expect(zip(found[2...], found[3...12]).allSatisfy { $0 > $1 })
  }

  @Test func degenerateLengths() {
    let schedule = LearningRateSchedule(
      shape: .linear, peak: 1, warmupSteps: 5, totalSteps: 5, finalFraction: 0)
    #expect(schedule.rate(at: 4) == 1)
    #expect(schedule.rate(at: 6) == 0)
  }

  @Test func survivesJSON() throws {
    let schedule = LearningRateSchedule(
      shape: .cosine, peak: 1e-3, warmupSteps: 5, totalSteps: 50, finalFraction: 0.05)
    let data = try JSONEncoder().encode(schedule)
    #expect(try JSONDecoder().decode(LearningRateSchedule.self, from: data) == schedule)
  }
}
