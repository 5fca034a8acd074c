import Foundation
import Tensors
import Testing

@Suite struct SplitMix64Tests {
  @Test func firstNumbersOfThePublishedSequence() {
    // From the reference C program by Vigna, seed 1234567.
    var random = SplitMix64(seed: 1_234_567)
    #expect(
      (0..<3).map { _ in random.next() } == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      ])
  }

  @Test func stateRoundTrip() throws {
    var random = SplitMix64(seed: 9)
    for _ in 0..<5 { _ = random.next() }
    let data = try JSONEncoder().encode(random)
    var restored = try JSONDecoder().decode(SplitMix64.self, from: data)
    #expect(restored == random && restored.state == random.state)
    #expect((0..<10).map { _ in restored.next() } == (0..<10).map { _ in random.next() })
  }

  @Test func streamsOfOneSeedDiffer() {
    var (a, b) = (SplitMix64(seed: 1, stream: "a"), SplitMix64(seed: 1, stream: "b"))
    #expect(a != b && a.next() != b.next())
    #expect(SplitMix64(seed: 1, stream: "a") == SplitMix64(seed: 1, stream: "a"))
    #expect(SplitMix64(seed: 1, stream: "a") != SplitMix64(seed: 2, stream: "a"))
    #expect(SplitMix64(seed: 0) != SplitMix64(seed: 1))
  }

  @Test func normalMoments() {
    var random = SplitMix64(seed: 3)
    let count = 200_000
    let values = (0..<count).map { _ in Double(random.nextNormal()) }
    let moment = { (power: Double) in
      values.reduce(0) { $0 + pow($1, power) } / Double(count)
    }
    // Five standard errors: those of the moments are √(1, 2, 15, 96) / √n.
    let error = 5 / Double(count).squareRoot()
    #expect(values.allSatisfy { $0.isFinite })
    #expect(abs(moment(1)) < error)
    #expect(abs(moment(2) - 1) < error * 2.0.squareRoot())
    #expect(abs(moment(3)) < error * 15.0.squareRoot())
    #expect(abs(moment(4) - 3) < error * 96.0.squareRoot())
  }
}
