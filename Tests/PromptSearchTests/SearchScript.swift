import PromptSearch
import Synchronization
import Tasks

/// A target and a writer that do as they are told: what searches do is judged by it.
struct SearchScript: Sendable {
  /// Scores of a prompt by example; a prompt that is not listed has none.
  var scores: [String: [Double?]] = [:]
  /// What the writer returns, call by call; nothing after the last.
  var texts: [String?]
  var original = "Sort it.\n{{text}}"
  var required: [String] = []
  var validationCount = 10
  var seed: UInt64 = 1

  /// The problem, with a writer that begins with the first text.
  var problem: OptimizationProblem { problem { _, _ in } }

  /// The problem; `asked` sees every evaluation.
  func problem(
    asked: @escaping @Sendable ([String], [Int]) throws -> Void
  ) -> OptimizationProblem {
    OptimizationProblem(
      brief: TaskBrief(
        kind: .classification, description: "", labels: [], required: required, fields: ["text"],
        original: original, partners: [], exemplars: []),
      validationCount: validationCount,
      score: { prompts, examples in
        try asked(prompts, examples)
        return prompts.map { prompt in examples.map { scores[prompt]?[$0] } }
      },
      failures: { prompt, examples in
        examples.map { FailedAnswer(input: "\($0)", answer: prompt, expected: "right") }
      },
      writer: ScriptedWriter(texts: texts),
      limits: CandidateLimits(minimumLengthRatio: 0, maximumLengthRatio: 100),
      heldOut: HeldOutTexts(), seed: seed)
  }
}

/// Returns given texts, call by call, whatever it is asked for.
final class ScriptedWriter: PromptWriter {
  private let texts: [String?]
  private let calls = Mutex(0)
  var followsInstructions: Bool { false }

  init(texts: [String?]) { self.texts = texts }

  private func text() -> String? {
    calls.withLock { calls in
      defer { calls += 1 }
      return calls < texts.count ? texts[calls] : nil
    }
  }

  func firstPrompt(_ brief: TaskBrief, draw: Int) async throws -> String? { text() }
  func revision(_ request: SentenceRevision, draw: Int) async throws -> String? { text() }
  func rewrite(of prompt: String, _ brief: TaskBrief, draw: Int) async throws -> String? { text() }
  func proposal(
    _ brief: TaskBrief, scored: [ScoredPrompt], draw: Int
  ) async throws -> String? { text() }
}

/// Right on the first `right` of `count` examples.
func right(_ right: Int, of count: Int = 10) -> [Double?] { (0..<count).map { $0 < right ? 1 : 0 } }

/// Right on the examples listed, wrong on the others.
func right(on examples: Set<Int>, of count: Int = 10) -> [Double?] {
  (0..<count).map { examples.contains($0) ? 1 : 0 }
}

extension DualPhaseConfig {
  /// The paper's constants; the original does not compete.
  static let paper = DualPhaseConfig(
    drafts: 1, originalCompetes: false, failureGate: 0.3, minimumGain: 0.1, alpha: 0.4,
    learningRate: 0.055, initialWeight: 1, steps: 5, trialsPerStep: 10,
    trialsPerSentence: 10, sampling: .weighted,
    updatesAllWeights: false, updatesOnRejection: false, failureBelow: 1, failuresShown: 3)

  /// These settings, changed.
  func with(_ change: (inout DualPhaseConfig) -> Void) -> DualPhaseConfig {
    var config = self
    change(&config)
    return config
  }
}

/// Keeps what was said, in order.
final class Record<Value: Sendable>: Sendable {
  private let kept = Mutex<[Value]>([])
  var values: [Value] { kept.withLock { $0 } }
  func add(_ value: Value) { kept.withLock { $0.append(value) } }
}
