import FeedbackStore
import PromptSearch
import TargetModels
import Tasks
import Tensors

extension Run {
  /// Builds the warm-start dataset of one target: candidates for every original, a race among
  /// them, and the chosen prompt's gain on examples that the race did not see.
  ///
  /// Source: MAPO (P) for the dataset; racing, fresh examples and derived originals are ours (O).
  func buildDataset(_ target: any TargetModel) async throws {
    try await stage(.dataset, target.name) {
      let builder = try DatasetBuilder(self, target)
      let originals = builder.originals()
      var rejections: [CandidateRejection: Int] = [:]
      for (index, original) in originals.enumerated() {
        try Task.checkCancellation()
        rejections.merge(try await builder.search(original), uniquingKeysWith: +)
        observer.report("dataset \(target.name)", index + 1, of: originals.count)
      }
      try checkForLeaks(target: builder.scorer.targetID)
      var summary = try builder.summary()
      if summary["answered"] == 0 { throw RunError.noAnswer(target: target.name) }
      for (reason, count) in rejections { summary["dropped.\(reason.rawValue)"] = Double(count) }
      return summary
    }
  }

  /// Fails where anything that is evaluated has found its way into training rows.
  ///
  /// - Throws: `RunError.leak`.
  package func checkForLeaks(target: Int64) throws {
    if let leak = try store.leaks(target: target).first {
      throw RunError.leak("\(leak.kind.rawValue) of prompt \(leak.sourceID)")
    }
    let texts = Dictionary(grouping: try store.trainingTexts(target: target), by: \.task)
    for entry in pool.tasks {
      for text in texts[entry.task.name] ?? [] {
        if entry.heldOut.isNear(text.text) {
          throw RunError.leak("a near-duplicate in task '\(text.task)'")
        }
        if entry.heldOut.hasWording(in: text.text) {
          throw RunError.leak("a held-out wording in task '\(text.task)'")
        }
      }
    }
  }
}

/// One original prompt on its way through the search.
private struct Original {
  let entry: SplitTask
  let prompt: Prompt
  let id: Int64
  let record: PromptRecord
  /// Prompts of the same task and content, for crossover.
  let partners: [String]
}

/// A prompt that takes part in a race.
private struct Contender {
  let id: Int64
  let prompt: Prompt
}

private struct DatasetBuilder {
  let run: Run
  let scorer: PromptScorer
  let generator: RuleBasedGenerator
  private let pools: [[Original]]

  init(_ run: Run, _ target: any TargetModel) throws {
    self.run = run
    let scorer = try PromptScorer(target, run: run)
    pools = try run.pool.tasks.map { try Self.register($0, scorer) }
    self.scorer = scorer
    generator = RuleBasedGenerator(
      grammar: run.pool.grammar, config: run.configuration.dataset.rules)
  }

  func originals() -> [Original] { pools.joined().filter { $0.record.role == .train } }

  /// Enters every prompt of the task, the evaluated ones too: the store then can tell leaks.
  private static func register(_ entry: SplitTask, _ scorer: PromptScorer) throws -> [Original] {
    let records = zip(entry.task.prompts, entry.split.assignments).map { prompt, place in
      PromptRecord(
        text: prompt.text, family: place.cluster, style: prompt.style, content: prompt.content,
        origin: "pool", role: SplitRole(place.split),
        heldOut: place.heldOut.flatMap { HeldOutReason(rawValue: $0.rawValue) })
    }
    let ids = try scorer.register(records, of: entry.task)
    return entry.task.prompts.indices.map { index in
      let prompt = entry.task.prompts[index]
      let partners = entry.prompts(.train).map(\.prompt)
        .filter { $0.content == prompt.content && $0.text != prompt.text }.map(\.text)
      return Original(
        entry: entry, prompt: prompt, id: ids[index], record: records[index], partners: partners)
    }
  }

  /// Candidates, race, fresh examples, and what follows for candidates as originals.
  ///
  /// - Returns: How many candidates were dropped for each reason.
  func search(_ original: Original) async throws -> [CandidateRejection: Int] {
    let (contenders, rejections) = try contenders(for: original)
    var random = randomNumbers(original, "examples")
    let task = original.entry.task
    let schedule = run.configuration.dataset.schedule
    let search = task.examples(for: original.prompt, in: .train).shuffled(using: &random)
      .prefix(schedule.reduce(0) { $0 + $1.examples })
    let fresh = Array(
      task.examples(for: original.prompt, in: .dev).shuffled(using: &random)
        .prefix(run.configuration.dataset.freshExamples))
    let rounds = fitting(schedule, to: search.count)
    let result = try await race(
      candidates: contenders.map(\.prompt.text), schedule: rounds
    ) { candidates, range in
      let examples = Array(search[range])
      return try await scorer.scores(
        candidates.map { item(contenders[$0], task, examples) }, purpose: .search
      ).map { row in row.contains(nil) ? nil : row.compactMap(\.self) }
    }
    try run.store.add(
      candidates: contenders.dropFirst().map(\.id), of: original.id, target: scorer.targetID)
    var optima = [
      try await optimum(
        of: 0, chosen: result.winner, contenders, result, task: task, fresh: fresh)
    ]
    for derived in derivedOriginals(result, contenders) {
      try run.store.add(
        candidates: contenders.map(\.id), of: contenders[derived].id, target: scorer.targetID)
      let wins = isBetter(result.scores[result.winner], than: result.scores[derived])
      optima.append(
        try await optimum(
          of: derived, chosen: wins ? result.winner : derived, contenders, result, task: task,
          fresh: fresh))
    }
    try run.store.record(optima, target: scorer.targetID)
    return rejections
  }

  /// The original first, then its candidates; and how many of these were dropped.
  private func contenders(
    for original: Original
  ) throws -> ([Contender], [CandidateRejection: Int]) {
    var random = randomNumbers(original, "candidates")
    let batch = generator.candidates(
      for: original.prompt.text, count: run.configuration.dataset.candidates,
      required: original.prompt.required, partners: original.partners,
      heldOut: original.entry.heldOut, using: &random)
    let records = batch.candidates.map { candidate in
      PromptRecord(
        text: candidate.text, parentID: original.id, family: original.record.family,
        style: original.prompt.style, content: original.prompt.content,
        origin: candidate.origin.rawValue, role: .train)
    }
    let ids = try scorer.register(records, of: original.entry.task)
    let candidates = zip(ids, batch.candidates).map {
      Contender(id: $0, prompt: original.prompt.reworded($1.text))
    }
    return (
      [Contender(id: original.id, prompt: original.prompt)] + candidates, batch.rejections
    )
  }

  /// Rounds cut to the examples that there are.
  private func fitting(_ schedule: [RaceStage], to count: Int) -> [RaceStage] {
    var left = count
    return schedule.compactMap { stage in
      let examples = min(stage.examples, left)
      left -= examples
      return examples > 0 ? RaceStage(examples: examples, keep: stage.keep) : nil
    }
  }

  /// The worst and middle candidates: those from which there is most to learn.
  private func derivedOriginals(_ result: RaceResult, _ contenders: [Contender]) -> [Int] {
    let count = run.configuration.dataset.derivedOriginals
    let others = contenders.indices
      .filter { $0 != 0 && $0 != result.winner && !result.scores[$0].isEmpty }
      .sorted { result.moments(of: $0).mean < result.moments(of: $1).mean }
    guard count > 0, !others.isEmpty else { return [] }
    let step = max(1, others.count / count)
    return stride(from: 0, to: others.count, by: step).prefix(count).map { others[$0] }
  }

  private func optimum(
    of original: Int, chosen: Int, _ contenders: [Contender], _ result: RaceResult,
    task: PromptTask, fresh: [Example]
  ) async throws -> Optimum {
    let shared = zip(result.scores[chosen], result.scores[original]).map { $0 - $1 }
    var gain = RunningMoments([])
    if chosen != original {
      let rows = try await scorer.scores(
        [chosen, original].map { item(contenders[$0], task, fresh) }, purpose: .fresh)
      let differences = zip(rows[0], rows[1]).compactMap { pair -> Double? in
        guard let (a, b) = both(pair) else { return nil }
        return a - b
      }
      gain = RunningMoments(differences)
    }
    return Optimum(
      originalID: contenders[original].id, chosenID: contenders[chosen].id,
      searchGain: RunningMoments(shared).mean, freshGain: gain.mean,
      freshStandardError: gain.count > 1 ? gain.standardError : 0, freshCount: gain.count)
  }

  private func item(
    _ contender: Contender, _ task: PromptTask, _ examples: [Example]
  ) -> PromptScorer.Item {
    PromptScorer.Item(
      promptID: contender.id, prompt: contender.prompt, task: task, examples: examples)
  }

  /// The same for every target, so that their rankings are over the same candidates.
  private func randomNumbers(_ original: Original, _ use: String) -> SplitMix64 {
    SplitMix64(
      seed: run.configuration.seed,
      stream:
        "\(use) \(original.entry.task.name) \(original.prompt.content) \(original.prompt.text)")
  }

  func summary() throws -> [String: Double] {
    guard
      let statistics = try run.store.statistics().first(where: { $0.target == scorer.target.name })
    else { return [:] }
    return [
      "answered": Double(statistics.answered), "failed": Double(statistics.failed),
      "originals": Double(statistics.originals), "candidates": Double(statistics.candidates),
      "kept": Double(statistics.kept), "searchGain": statistics.meanSearchGain ?? 0,
      "freshGain": statistics.meanFreshGain ?? 0,
    ]
  }
}

/// Both values of a pair, where both are there.
func both(_ pair: (Double?, Double?)) -> (Double, Double)? {
  guard let first = pair.0, let second = pair.1 else { return nil }
  return (first, second)
}
