import PromptSearch
import TestSupport

/// Candidates that are right on a given share of the examples; an example is as hard for all.
struct RaceWorld: Sendable {
  let seed: UInt64
  let qualities: [Double]
  /// Share of the calls that fail.
  var failures = 0.0

  /// A world of `count` candidates whose qualities spread by `deviation` around a half.
  static func drawn(_ count: Int, deviation: Double, seed: UInt64) -> RaceWorld {
    var random = SeededGenerator(seed: seed)
    let qualities = (0..<count).map { _ in
      // A sum of uniform numbers: close to normal, with bounded tails.
      let sum = (0..<12).reduce(-6.0) { total, _ in total + Double.random(in: 0..<1, using: &random)
      }
      return min(1, max(0, 0.5 + deviation * sum))
    }
    return RaceWorld(seed: seed, qualities: qualities)
  }

  /// Texts of different lengths, so that no tie is broken by chance.
  var prompts: [String] {
    qualities.indices.map { "prompt \($0)" + String(repeating: "!", count: $0) }
  }

  func score(_ candidate: Int, _ example: Int) -> Double? {
    var shared = SeededGenerator(seed: seed &* 7919 &+ UInt64(example))
    var own = SeededGenerator(seed: seed &* 104_729 &+ UInt64(example * 5003 + candidate))
    if Double.random(in: 0..<1, using: &own) < failures { return nil }
    // Half of what decides an example is its difficulty: the mean stays the quality.
    let easy = Double.random(in: 0..<1, using: &shared)
    let luck = Double.random(in: 0..<1, using: &own)
    return (Bool.random(using: &own) ? easy : luck) < qualities[candidate] ? 1 : 0
  }

  func scores(_ candidates: [Int], _ examples: Range<Int>) -> [[Double?]] {
    candidates.map { candidate in examples.map { score(candidate, $0) } }
  }

  func race(_ config: SearchConfig, examples: Int) async -> RaceResult {
    await PromptSearch.race(candidates: prompts, examples: examples, config: config) {
      scores($0, $1)
    }
  }
}
