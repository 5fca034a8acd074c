import FeedbackStore
import Foundation
import Rewriting
import Tasks
import Tensors

extension Run {
  /// Evaluates every rewriter on held-out prompts and held-out examples, those of test or those of
  /// dev, and writes `evaluation.json` and `rewrites.jsonl`.
  ///
  /// Source: MAPO §5 (P); baselines, controls and intervals are ours (O).
  func evaluate(_ scorers: [PromptScorer]) async throws -> EvaluationReport {
    if folder.summary(.evaluation, nil) == nil {
      try await stage(.evaluation) {
        var results: [TargetEvaluation] = []
        for scorer in scorers {
          results.append(try await Evaluator(self, scorer).evaluate())
        }
        let report = EvaluationReport(results, configuration)
        try folder.write(results.flatMap(\.rewrites))
        let json = try ConfigurationLoader.resolvedJSON(report)
        try Data(json.utf8).write(to: folder.evaluationFile, options: .atomic)
        return ["rows": Double(report.rows.count)]
      }
    }
    return try folder.evaluation()
  }
}

extension RunFolder {
  /// What the evaluation found.
  ///
  /// - Throws: `RunError.noData` where its file is missing or damaged.
  public func evaluation() throws -> EvaluationReport {
    do {
      return try JSONDecoder().decode(
        EvaluationReport.self, from: Data(contentsOf: evaluationFile))
    } catch {
      throw RunError.noData("\(evaluationFile.path) is missing or damaged")
    }
  }
}

/// How an evaluated prompt came to be.
package enum EvaluationMethod: Hashable, Sendable {
  case original, constant, lookup, sft, mapo
  /// The rewriter of another target.
  case other(String)
  /// The rewriter of the same target from another seed.
  case control
}

/// One evaluated prompt on one target: its scores by every method, on the same examples.
package struct EvaluatedPrompt: Sendable {
  let task: PromptTask
  let prompt: Prompt
  let heldOut: HeldOutKind
  /// Family of descent, near-duplicates joined.
  let cluster: String
  /// Text by method.
  var texts: [EvaluationMethod: String]
  /// Whether a guard kept the original under M, and why.
  var kept: Bool
  var reason: String?
  /// Score of each example by method; nil where the call failed.
  var scores: [EvaluationMethod: [Double?]]
  /// Score of the majority answer, or of copying the input.
  var trivial: Double
  let exampleCount: Int

  package init(
    task: PromptTask, prompt: Prompt, heldOut: HeldOutKind, cluster: String = "",
    texts: [EvaluationMethod: String],
    kept: Bool = false, scores: [EvaluationMethod: [Double?]] = [:], trivial: Double,
    exampleCount: Int
  ) {
    (self.task, self.prompt, self.heldOut, self.texts) = (task, prompt, heldOut, texts)
    (self.kept, self.scores, self.trivial) = (kept, scores, trivial)
    (self.cluster, self.exampleCount) = (cluster, exampleCount)
  }
}

extension EvaluatedPrompt {
  /// Mean score of a method; nil where every call failed: that is no score of 0.
  func mean(_ method: EvaluationMethod) -> Double? {
    let moments = RunningMoments((scores[method] ?? []).compactMap(\.self))
    return moments.count > 0 ? moments.mean : nil
  }

  /// A method's score less another one's, example by example; nil where one of the calls failed.
  func differences(_ method: EvaluationMethod, minus baseline: EvaluationMethod) -> [Double?] {
    zip(scores[method] ?? [], scores[baseline] ?? []).map { score, reference in
      score.flatMap { score in reference.map { score - $0 } }
    }
  }
}

/// All evaluated prompts of one target.
package struct TargetEvaluation: Sendable {
  let target: String
  let others: [String]
  let hasControl: Bool
  var prompts: [EvaluatedPrompt]

  package init(target: String, others: [String], hasControl: Bool, prompts: [EvaluatedPrompt]) {
    (self.target, self.others) = (target, others)
    (self.hasControl, self.prompts) = (hasControl, prompts)
  }
}

private struct Evaluator {
  let run: Run
  let scorer: PromptScorer
  private let split: Split

  init(_ run: Run, _ scorer: PromptScorer) {
    self.run = run
    self.scorer = scorer
    split = run.configuration.evaluation.split.split
  }

  func evaluate() async throws -> TargetEvaluation {
    let target = scorer.target.name
    let others = run.configuration.targets.map(\.name).filter { $0 != target }
    let control = run.configuration.evaluation.control
    var prompts = collectPrompts(
      try await BestTrainingPrompts(run, scorer, without: evaluatedExamples(of:)))
    try rewrite(&prompts, .sft, target, as: .sft)
    try rewrite(&prompts, .rl, target, as: .mapo)
    for other in others { try rewrite(&prompts, .rl, other, as: .other(other)) }
    if control { try rewrite(&prompts, .rl, target + "-control", as: .control) }
    try await score(&prompts)
    return TargetEvaluation(
      target: target, others: others, hasControl: control, prompts: prompts)
  }

  /// The evaluated prompts with what needs no rewriter.
  private func collectPrompts(_ best: BestTrainingPrompts) -> [EvaluatedPrompt] {
    run.pool.tasks.flatMap { entry in
      let chosen = evaluatedExamples(of: entry.task)
      return entry.split.indices(in: split).map { index in
        let (prompt, place) = (entry.task.prompts[index], entry.split.assignments[index])
        let examples = examples(for: prompt, in: entry.task, among: chosen).compactMap(\.self)
        return EvaluatedPrompt(
          task: entry.task, prompt: prompt, heldOut: place.heldOut ?? .family,
          cluster: place.cluster,
          texts: [
            .original: prompt.text,
            .constant: best.of(task: entry.task.name) ?? prompt.text,
            .lookup: best.of(task: entry.task.name, content: prompt.content) ?? prompt.text,
          ],
          trivial: entry.task.trivialScore(for: prompt, examples: examples),
          exampleCount: examples.count)
      }
    }
  }

  private func rewrite(
    _ prompts: inout [EvaluatedPrompt], _ stage: Stage, _ rewriter: String,
    as method: EvaluationMethod
  ) throws {
    try run.require(stage, rewriter)
    let parts = try run.load(run.folder.model(stage, rewriter))
    let model = Rewriter(
      model: parts.contents.model, tokenizer: parts.contents.tokenizer, format: parts.format,
      guards: run.configuration.guards)
    let rewrites = model.rewrite(
      prompts.map(\.prompt.text),
      kinds: prompts.map { PromptKind(rawValue: $0.task.kind.rawValue) })
    for (index, rewrite) in rewrites.enumerated() {
      prompts[index].texts[method] = rewrite.rewritten
      if method == .mapo {
        (prompts[index].kept, prompts[index].reason) = (rewrite.kept, rewrite.reason)
      }
    }
  }

  /// The same examples for every prompt of a task, so that examples can be resampled.
  private func evaluatedExamples(of task: PromptTask) -> [Example] {
    var random = SplitMix64(seed: run.configuration.seed, stream: "\(split.rawValue) \(task.name)")
    return Array(
      task.examples.filter { $0.split == split }.shuffled(using: &random)
        .prefix(run.configuration.evaluation.examples))
  }

  /// The chosen examples in their order; nil where the prompt cannot be asked about one.
  private func examples(
    for prompt: Prompt, in task: PromptTask, among chosen: [Example]
  ) -> [Example?] {
    let known = Set(task.examples(for: prompt, in: split).map(\.id))
    return chosen.map { known.contains($0.id) ? $0 : nil }
  }

  private func score(_ prompts: inout [EvaluatedPrompt]) async throws {
    for index in prompts.indices {
      let evaluated = prompts[index]
      let methods = Array(evaluated.texts.keys)
      let texts = Array(Set(evaluated.texts.values)).sorted()
      let ids = try scorer.register(
        texts.map { text in
          PromptRecord(
            text: text, family: evaluated.cluster, style: evaluated.prompt.style,
            content: evaluated.prompt.content, origin: "rewriter", role: SplitRole(split),
            heldOut: HeldOutReason(rawValue: evaluated.heldOut.rawValue))
        }, of: evaluated.task)
      let places = examples(
        for: evaluated.prompt, in: evaluated.task, among: evaluatedExamples(of: evaluated.task))
      let rows = try await scorer.scores(
        zip(ids, texts).map { id, text in
          PromptScorer.Item(
            promptID: id, prompt: evaluated.prompt.reworded(text), task: evaluated.task,
            examples: places.compactMap(\.self))
        }, purpose: .evaluation
      ).map { row in
        var scores = row.makeIterator()
        return places.map { $0 == nil ? nil : scores.next() ?? nil }
      }
      let byText = Dictionary(uniqueKeysWithValues: zip(texts, rows))
      for method in methods {
        prompts[index].scores[method] = evaluated.texts[method].flatMap { byText[$0] }
      }
      run.observer.report("evaluation \(scorer.target.name)", index + 1, of: prompts.count)
    }
  }
}
