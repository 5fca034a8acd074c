import PromptSearch
import Synchronization
import TestSupport

/// A world in which a prompt is a set of words: each example is answered by a prompt that has enough of
/// the words that the example likes.
struct BaselineWorld: Sendable {
  static let words = ["calm", "short", "exact", "kind", "plain", "brave", "slow", "loud"]
  let seed: UInt64
  let examples: Int
  /// Share of the calls that fail.
  var failures = 0.0

  func score(_ prompt: String, _ example: Int) -> Double? {
    var random = SeededGenerator(seed: seed &* 7919 &+ UInt64(example))
    let liked = Set(Self.words.filter { _ in Bool.random(using: &random) })
    let luck = Double.random(in: 0..<1, using: &random)
    if luck < failures { return nil }
    let found = Set(prompt.split(separator: " ").map(String.init)).intersection(liked)
    return Double(found.count) >= 0.6 * Double(liked.count) ? 1 : 0
  }

  /// Mean over all examples.
  func mean(_ prompt: String) -> Double {
    let scores = (0..<examples).compactMap { score(prompt, $0) }
    return scores.reduce(0, +) / Double(scores.count)
  }
}

/// Adds and drops words, by a hash of what it is asked.
struct WordWriter: PromptWriter {
  let followsInstructions = true
  let seed: UInt64
  /// How many different prompts it can write.
  var vocabulary = BaselineWorld.words

  func firstPrompt(_ brief: TaskBrief, draw: Int) async throws -> String? {
    changed(brief.original, "first \(draw)")
  }
  func revision(_ request: SentenceRevision, draw: Int) async throws -> String? { nil }
  func rewrite(of prompt: String, _ brief: TaskBrief, draw: Int) async throws -> String? {
    changed(prompt, "rewrite \(draw)")
  }
  func proposal(_ brief: TaskBrief, scored: [ScoredPrompt], draw: Int) async throws -> String? {
    changed(scored.last?.text ?? brief.original, "proposal \(draw)")
  }

  private func changed(_ prompt: String, _ use: String) -> String? {
    var random = HashedNumbers(seed: seed, prompt, use)
    if random.unit() < 0.1 { return nil }
    var words = prompt.split(separator: " ").map(String.init)
    for _ in 0..<(1 + random.index(below: 2)) {
      let word = random.element(of: vocabulary)
      if let place = words.firstIndex(of: word) {
        words.remove(at: place)
      } else {
        words.append(word)
      }
    }
    return words.joined(separator: " ")
  }
}

/// Another text for every draw of every request.
struct CountingWriter: PromptWriter {
  let followsInstructions = true
  func firstPrompt(_ brief: TaskBrief, draw: Int) async throws -> String? { "First \(draw)" }
  func revision(_ request: SentenceRevision, draw: Int) async throws -> String? {
    "\(request.prompt.text), part \(request.index) \(draw)"
  }
  func rewrite(of prompt: String, _ brief: TaskBrief, draw: Int) async throws -> String? {
    "\(prompt) \(draw)"
  }
  func proposal(_ brief: TaskBrief, scored: [ScoredPrompt], draw: Int) async throws -> String? {
    "Proposal \(draw)"
  }
}

/// What a problem was asked, in order.
final class AskedPairs: Sendable {
  let pairs = Mutex<[String]>([])
}

extension BaselineWorld {
  func problem(_ writer: any PromptWriter, asked: AskedPairs = AskedPairs()) -> OptimizationProblem
  {
    OptimizationProblem(
      brief: TaskBrief(
        kind: .classification, description: "", labels: [], required: [], fields: [],
        original: "Say it loud", partners: [], exemplars: []),
      validationCount: examples,
      score: { prompts, examples in
        asked.pairs.withLock { pairs in
          pairs += prompts.flatMap { prompt in examples.map { "\($0) \(prompt)" } }
        }
        return prompts.map { prompt in examples.map { score(prompt, $0) } }
      },
      failures: { _, _ in [] }, writer: writer,
      limits: CandidateLimits(minimumLengthRatio: 0.1, maximumLengthRatio: 20),
      heldOut: HeldOutTexts(), seed: seed)
  }
}
