import Alignment
import Rewriting
import Tokenizers

/// Looks at every sample that the stages of a run train on.
final class DoctorSamples {
  private let run: Run
  private let tokenizer: Tokenizer
  private let format: RewriterFormat
  private let checks: ExampleChecks
  private(set) var sets: [DoctorReport.SampleSet] = []
  private(set) var unmade: [DoctorReport.Unmade] = []
  private(set) var problems: [DoctorReport.Problem] = []

  init(_ run: Run, _ tokenizer: Tokenizer, _ format: RewriterFormat) {
    (self.run, self.tokenizer, self.format) = (run, tokenizer, format)
    checks = run.exampleChecks(format, tokenizer)
  }

  /// The samples of the base stage, drawn again as that stage draws them.
  ///
  /// - Parameter corpus: As it is once the tokenizer is trained.
  func examineBase(_ corpus: PromptCorpus) throws {
    guard case .trained(let base) = run.configuration.base else { return }
    let part = Part(stage: .base, rewriter: nil, noun: "sample", shown: 3)
    try examine(part, count: base.steps * base.batchSize) { set in
      var corpus = corpus
      for _ in 0..<base.steps {
        for example in try corpus.nextBatch(base.batchSize, format) { set.add(general: example) }
      }
    }
  }

  /// The samples of the stages that train one rewriter.
  ///
  /// - Parameters:
  ///   - targetID: Number of its target in the store; nil where the dataset is not built yet.
  ///   - isShown: Whether a few samples are kept to be shown.
  func examine(_ rewriter: RewriterIdentity, targetID: Int64?, isShown: Bool) throws {
    guard let targetID else {
      unmade += [Stage.sft, .reward, .rl].map {
        DoctorReport.Unmade(
          stage: $0.rawValue, rewriter: rewriter.name,
          reason: "the dataset of target '\(rewriter.target)' is not built yet")
      }
      return
    }
    try examineSFT(rewriter, targetID, shown: isShown ? 3 : 0)
    try examineReward(rewriter, targetID, shown: isShown ? 3 : 0)
    try examineRL(rewriter, targetID, shown: isShown ? 1 : 0)
  }

  private func examineSFT(
    _ rewriter: RewriterIdentity, _ targetID: Int64, shown: Int
  ) throws {
    let part = Part(stage: .sft, rewriter: rewriter.name, noun: "sample", shown: shown)
    guard let data = try made(part, { try run.sftData(rewriter, targetID: targetID, format) })
    else { return }
    for (part, examples) in [(part, data.training), (part.heldOut, data.heldOut)] {
      try examine(part, count: examples.count) { set in
        for example in examples { set.add(pair: example) }
      }
    }
  }

  private func examineReward(
    _ rewriter: RewriterIdentity, _ targetID: Int64, shown: Int
  ) throws {
    let part = Part(stage: .reward, rewriter: rewriter.name, noun: "ranking", shown: shown)
    guard let data = try made(part, { try run.rewardData(rewriter, targetID: targetID, format) })
    else { return }
    let gap = run.configuration.reward.minimumGap
    for (part, rankings) in [(part, data.training), (part.heldOut, data.heldOut)] {
      try examine(part, count: rankings.count) { set in
        for ranking in rankings { set.add(ranking, .lastToken, minimumGap: gap) }
      }
    }
  }

  private func examineRL(
    _ rewriter: RewriterIdentity, _ targetID: Int64, shown: Int
  ) throws {
    let part = Part(stage: .rl, rewriter: rewriter.name, noun: "prompt", shown: shown)
    let originals = run.rolloutOriginals(rewriter, run.alignmentData(format))
    guard
      let data = try made(
        part, { try run.jointData(originals, rewriter, targetID: targetID, format) })
    else { return }
    let gap = run.configuration.rl.ppo.rankingMinimumGap
    try examine(part, count: data.prompts.count) { set in
      for prompt in data.prompts { set.add(prompt: prompt) }
    }
    try examine(part.named("ranking"), count: data.rankings.count) { set in
      for ranking in data.rankings { set.add(ranking, .wholeResponse, minimumGap: gap) }
    }
    try examine(part.named("text"), count: data.pretraining.count) { set in
      for example in data.pretraining { set.add(general: example) }
    }
  }

  /// Samples of one kind of one stage and rewriter.
  private struct Part {
    let stage: Stage
    let rewriter: String?
    /// What one of them is called.
    var noun: String
    /// How many are shown.
    var shown: Int

    /// Another kind of the same stage and rewriter.
    func named(_ noun: String) -> Part {
      var other = self
      other.noun = noun
      return other
    }

    /// Those that are not learned, of which none is shown.
    var heldOut: Part {
      var other = named("held-out " + noun)
      other.shown = 0
      return other
    }

    /// Stage and rewriter.
    var place: String { stage.rawValue + (rewriter.map { " \($0)" } ?? "") }
  }

  private func examine(
    _ part: Part, count: Int, add: (inout SampleSetBuilder) throws -> Void
  ) throws {
    // The first, the last, and what lies between: a stage's samples come in the order of tasks.
    let shown = (0..<part.shown).map { $0 * (count - 1) / max(1, part.shown - 1) }
    var builder = SampleSetBuilder(
      DoctorReport.SampleSet(part.stage, part.rewriter, kind: part.noun),
      place: "\(part.place), \(part.noun)", checks, tokenizer,
      shownIDs: Set(shown))
    try made(part) { try add(&builder) }
    guard builder.set.count > 0 else { return }
    sets.append(builder.set)
    if let problem = builder.problem { problems.append(problem) }
  }

  /// What a stage makes of its data; nil, and a problem, where it would refuse to begin.
  @discardableResult
  private func made<Value>(_ part: Part, _ work: () throws -> Value) throws -> Value? {
    do {
      return try work()
    } catch let error as RunError {
      problems.append(
        DoctorReport.Problem(place: part.place, sample: nil, reason: error.description))
      return nil
    }
  }
}

extension DoctorReport.SampleSet {
  /// An empty set.
  init(_ stage: Stage, _ rewriter: String?, kind: String) {
    (self.stage, self.rewriter, self.kind) = (stage.rawValue, rewriter, kind)
    (count, wrong, longest, tokens, learned, samples) = (0, 0, 0, 0, 0, [])
  }
}
