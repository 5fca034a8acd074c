import PromptSearch
import Synchronization
import Tasks
import TestSupport

/// A target to which every wording of every sentence is worth something: it is right on an example
/// where the sum reaches the example's threshold. The writer's choices are a list of numbers.
struct SentenceWorld: Codable, Sendable {
  /// Worth by sentence and wording.
  let values: [[Double]]
  /// By validation example.
  let thresholds: [Double]
  /// Wordings of the original.
  let original: [Int]
  /// What the writer does, by draw and request, from the beginning again after the last; where a
  /// number is a multiple of 7 it loses the placeholder.
  let moves: [Int]
  /// One call in so many fails; none where it is 0.
  let failsOneIn: UInt64
  let seed: UInt64

  /// Six sentences of five wordings and 40 examples. A sentence's weight in the sum is drawn, so that
  /// some matter much and some do not.
  static func drawn(seed: UInt64, failsOneIn: UInt64 = 0) -> SentenceWorld {
    var random = SeededGenerator(seed: seed)
    let values = (0..<6).map { _ in
      let importance = random.unit() * random.unit()
      return (0..<5).map { _ in importance * random.unit() }
    }
    let best = values.reduce(0) { $0 + ($1.max() ?? 0) }
    return SentenceWorld(
      values: values, thresholds: (0..<40).map { _ in best * (0.2 + 0.8 * random.unit()) },
      original: values.map { _ in random.index(below: 5) },
      moves: (0..<97).map { _ in random.index(below: 1000) }, failsOneIn: failsOneIn, seed: seed)
  }

  func text(_ wordings: [Int]) -> String {
    wordings.enumerated().map { "Sentence \($0) in wording \($1).\n" }.joined() + "{{text}}"
  }

  /// The score of the best wordings there are.
  var optimum: Double {
    let best = text(values.map { row in row.indices.max { row[$0] < row[$1] } ?? 0 })
    let scores = scores(best, Array(thresholds.indices)).compactMap { $0 }
    return scores.reduce(0, +) / Double(scores.count)
  }

  /// Scores of a prompt on examples.
  func scores(_ prompt: String, _ examples: [Int]) -> [Double?] {
    let worth = worth(prompt)
    return examples.map { example in
      let fails = failsOneIn > 0 && stableHash("\(prompt) \(example)") % failsOneIn == 0
      return fails ? nil : worth >= thresholds[example] ? 1 : 0
    }
  }

  private func worth(_ prompt: String) -> Double {
    wordings(prompt).enumerated().reduce(0) { $0 + values[$1.0][$1.1] }
  }

  /// Every sentence begins with its number and ends with that of its wording.
  fileprivate func wordings(_ prompt: String) -> [Int] {
    prompt.split(separator: "\n").dropLast().map {
      Int($0.dropLast().split(separator: " ").last ?? "") ?? 0
    }
  }

  /// The problem; `score` stands between search and target.
  func problem(
    score: (@Sendable ([String], [Int]) async throws -> [[Double?]])? = nil
  ) -> OptimizationProblem {
    OptimizationProblem(
      brief: TaskBrief(
        kind: .classification, description: "", labels: [], required: [], fields: ["text"],
        original: text(original), partners: [], exemplars: []),
      validationCount: thresholds.count,
      score: score ?? { prompts, examples in prompts.map { self.scores($0, examples) } },
      failures: { _, _ in [] }, writer: WorldWriter(world: self),
      limits: CandidateLimits(minimumLengthRatio: 0, maximumLengthRatio: 10),
      heldOut: HeldOutTexts(), seed: seed)
  }

  func search(_ config: DualPhaseConfig, limit: Int? = nil) async throws -> SearchOutcome {
    let problem = problem()
    return try await dualPhase(problem, meter: ScoreMeter(problem, limit: limit), config: config)
  }
}

/// Writes other wordings of the world's sentences.
private struct WorldWriter: PromptWriter {
  let world: SentenceWorld
  var followsInstructions: Bool { false }

  private func move(_ draw: Int) -> Int { world.moves[draw % world.moves.count] }

  func firstPrompt(_ brief: TaskBrief, draw: Int) async throws -> String? {
    let count = world.values.count
    return world.text((0..<count).map { move(draw * count + $0) % world.values[$0].count })
  }

  func revision(_ request: SentenceRevision, draw: Int) async throws -> String? {
    var wordings = world.wordings(request.prompt.text)
    guard let sentence = request.prompt.editable.firstIndex(of: request.index),
      sentence < wordings.count
    else { return nil }
    let choices = world.values[sentence].count
    let move = move(draw + 11 * sentence + 5 * wordings.reduce(0, +))
    wordings[sentence] = (wordings[sentence] + 1 + move % (choices - 1)) % choices
    let text = world.text(wordings)
    return move % 7 == 0 ? String(text.dropLast()) : text
  }

  func rewrite(of prompt: String, _ brief: TaskBrief, draw: Int) async throws -> String? { nil }

  func proposal(
    _ brief: TaskBrief, scored: [ScoredPrompt], draw: Int
  ) async throws -> String? { nil }
}

/// A store of scores behind a problem, which a search can be cut off from.
final class ScoreStore: Sendable {
  struct CutOff: Error {}

  private struct Contents {
    var scores: [String: [Int: Double?]] = [:]
    var asked = 0
    var left: Int
  }

  private let world: SentenceWorld
  private let contents: Mutex<Contents>

  /// A store that answers `calls` new pairs, then none.
  init(_ world: SentenceWorld, calls: Int) {
    self.world = world
    contents = Mutex(Contents(left: calls))
  }

  /// How often the target was asked.
  var asked: Int { contents.withLock { $0.asked } }

  /// Lets it answer without end.
  func mend() { contents.withLock { $0.left = .max } }

  var problem: OptimizationProblem {
    world.problem { prompts, examples in try prompts.map { try self.scores($0, examples) } }
  }

  private func scores(_ prompt: String, _ examples: [Int]) throws -> [Double?] {
    let answers = world.scores(prompt, examples)
    return try contents.withLock { contents in
      for (example, answer) in zip(examples, answers)
      where contents.scores[prompt]?[example] == nil {
        if contents.left == 0 { throw CutOff() }
        (contents.left, contents.asked) = (contents.left - 1, contents.asked + 1)
        contents.scores[prompt, default: [:]].updateValue(answer, forKey: example)
      }
      return examples.map { contents.scores[prompt]?[$0] ?? nil }
    }
  }
}
