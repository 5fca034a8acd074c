import FeedbackStore
import PromptSearch
import Synchronization
import Tasks
import Tensors

extension Run {
  /// Builds the warm-start dataset of one target: candidates for every original, a race among
  /// them, and the chosen prompt's gain on examples that the race did not see.
  ///
  /// Everything that is asked is kept at once, so a run that was ended by its budget or by a kill
  /// pays for nothing twice.
  ///
  /// Source: MAPO (P) for the dataset; racing, fresh examples and derived originals are ours (O).
  func buildDataset(_ scorer: PromptScorer) async throws {
    let target = scorer.target.name
    try await stage(.dataset, target) {
      let builder = try DatasetBuilder(self, scorer)
      let searches = try await builder.searches()
      let finished = Mutex(0)
      let findings = try await concurrently(
        searches, width: configuration.connection.searchesAtOnce
      ) { search in
        let finding = try await builder.search(search)
        let count = finished.withLock { count in
          count += 1
          return count
        }
        observer.report("dataset \(target)", count, of: searches.count)
        return finding
      }
      try builder.record(findings)
      try checkForLeaks(target: scorer.targetID)
      let summary = try builder.summary()
      if summary["answered"] == 0 { throw RunError.noAnswer(target: target) }
      return summary.merging(builder.candidateCounts(searches)) { $1 }
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
struct Original: Sendable {
  let entry: SplitTask
  let prompt: Prompt
  let id: Int64
  let record: PromptRecord
  /// Prompts of the same task and content, for crossover.
  let partners: [String]
}

extension PromptScorer {
  /// Enters every prompt of the task, the evaluated ones too: the store then can tell leaks.
  func originals(of entry: SplitTask) throws -> [Original] {
    let records = zip(entry.task.prompts, entry.split.assignments).map { prompt, place in
      PromptRecord(
        text: prompt.text, family: place.cluster, style: prompt.style, content: prompt.content,
        origin: "pool", role: SplitRole(place.split),
        heldOut: place.heldOut.flatMap { HeldOutReason(rawValue: $0.rawValue) })
    }
    let ids = try register(records, of: entry.task)
    return entry.task.prompts.indices.map { index in
      let prompt = entry.task.prompts[index]
      return Original(
        entry: entry, prompt: prompt, id: ids[index], record: records[index],
        partners: entry.partners(of: prompt))
    }
  }
}

extension SplitTask {
  /// Training prompts with the content of `prompt`.
  func partners(of prompt: Prompt) -> [String] {
    prompts(.train).map(\.prompt)
      .filter { $0.content == prompt.content && $0.text != prompt.text }.map(\.text)
  }
}

/// A prompt that takes part in a race.
private struct Contender: Sendable {
  let id: Int64
  let prompt: Prompt
}

/// An original and its candidates.
private struct Search: Sendable {
  let original: Original
  /// The original first.
  let contenders: [Contender]
  /// How the candidates were made.
  let batch: CandidateBatch
}

/// What a search found: the choice for its original, and those for candidates as originals.
private struct Finding: Sendable {
  /// Candidates by the original that they compete for.
  let candidates: [(original: Int64, prompts: [Int64])]
  /// The search's own original first.
  let optima: [Optimum]
}

private struct DatasetBuilder: Sendable {
  let run: Run
  let scorer: PromptScorer
  let candidates: CandidateSource
  private let originals: [Original]

  init(_ run: Run, _ scorer: PromptScorer) throws {
    self.run = run
    self.scorer = scorer
    originals = try run.pool.tasks.flatMap { try scorer.originals(of: $0) }
      .filter { $0.record.role == .train }
    candidates = try CandidateSource(run)
  }

  /// The candidates of every original. They are made at the same time and entered in order, so that
  /// their numbers do not depend on who was first.
  func searches() async throws -> [Search] {
    let batches = try await concurrently(
      originals, width: run.configuration.connection.searchesAtOnce
    ) { original in
      try await candidates.batch(for: original)
    }
    return try zip(originals, batches).map { original, batch in
      let records = batch.candidates.map { candidate in
        PromptRecord(
          text: candidate.text, parentID: original.id, family: original.record.family,
          style: original.prompt.style, content: original.prompt.content,
          origin: candidate.origin.rawValue, role: .train)
      }
      let ids = try scorer.register(records, of: original.entry.task)
      let contenders = zip(ids, batch.candidates).map {
        Contender(id: $0, prompt: original.prompt.reworded($1.text))
      }
      return Search(
        original: original,
        contenders: [Contender(id: original.id, prompt: original.prompt)] + contenders,
        batch: batch)
    }
  }

  /// Dropped candidates by reason, and what the writer was asked.
  func candidateCounts(_ searches: [Search]) -> [String: Double] {
    var counts: [String: Double] = [:]
    for batch in searches.map(\.batch) {
      for (reason, count) in batch.rejections {
        counts["dropped.\(reason.rawValue)", default: 0] += Double(count)
      }
      guard batch.requests.asked > 0 else { continue }
      counts["writer.asked", default: 0] += Double(batch.requests.asked)
      counts["writer.failed", default: 0] += Double(batch.requests.failed)
      counts["writer.unreadable", default: 0] += Double(batch.requests.unreadable)
    }
    return counts
  }

  /// Stores what the searches found, in the order of the originals: which search was faster decides
  /// nothing. Where a prompt was an original in several, its own search counts, else the first; what
  /// optimising found before stays where its search gain is higher.
  func record(_ findings: [Finding]) throws {
    for (original, prompts) in findings.flatMap(\.candidates) {
      try run.store.add(candidates: prompts, of: original, target: scorer.targetID)
    }
    let own = findings.compactMap(\.optima.first)
    let derived = findings.flatMap { $0.optima.dropFirst() }
    var seen: Set<Int64> = []
    try run.store.record(
      (own + derived).filter { seen.insert($0.originalID).inserted }, target: scorer.targetID)
  }

  /// Race, fresh examples, and what follows for candidates as originals.
  func search(_ search: Search) async throws -> Finding {
    let (original, contenders) = (search.original, search.contenders)
    let task = original.entry.task
    var random = run.randomNumbers(original, "examples")
    let searched = task.examples(for: original.prompt, in: .train).shuffled(using: &random)
    let fresh = Array(
      task.examples(for: original.prompt, in: .dev).shuffled(using: &random)
        .prefix(run.configuration.dataset.freshExamples))
    let result = try await race(
      candidates: contenders.map(\.prompt.text), examples: searched.count,
      config: run.configuration.dataset.search
    ) { candidates, range in
      try await scorer.scores(
        candidates.map { item(contenders[$0], task, Array(searched[range])) }, purpose: .search)
    }
    let ids = contenders.map(\.id)
    var candidates = [(original: original.id, prompts: Array(ids.dropFirst()))]
    var optima = [
      try await optimum(
        of: 0, chosen: result.winner, contenders, result, task: task, fresh: fresh)
    ]
    for derived in derivedOriginals(result, contenders) {
      candidates.append((ids[derived], ids))
      let wins = isBetter(result.scores[result.winner], than: result.scores[derived])
      optima.append(
        try await optimum(
          of: derived, chosen: wins ? result.winner : derived, contenders, result, task: task,
          fresh: fresh))
    }
    return Finding(candidates: candidates, optima: optima)
  }

  /// The worst and middle candidates: those from which there is most to learn.
  private func derivedOriginals(_ result: RaceResult, _ contenders: [Contender]) -> [Int] {
    let count = run.configuration.dataset.derivedOriginals
    let others = contenders.indices
      .filter { $0 != 0 && $0 != result.winner && result.moments(of: $0).count > 0 }
      .sorted { result.gain(of: $0, over: 0).mean < result.gain(of: $1, over: 0).mean }
    guard count > 0, !others.isEmpty else { return [] }
    let step = max(1, others.count / count)
    return stride(from: 0, to: others.count, by: step).prefix(count).map { others[$0] }
  }

  private func optimum(
    of original: Int, chosen: Int, _ contenders: [Contender], _ result: RaceResult,
    task: PromptTask, fresh: [Example]
  ) async throws -> Optimum {
    var gain = RunningMoments([])
    if chosen != original {
      let rows = try await scorer.scores(
        [chosen, original].map { item(contenders[$0], task, fresh) }, purpose: .fresh)
      gain = RunningMoments(sharedDifferences(rows[0], rows[1]))
    }
    return Optimum(
      originalID: contenders[original].id, chosenID: contenders[chosen].id,
      searchGain: result.gain(of: chosen, over: original).mean, freshGain: gain.mean,
      freshStandardError: gain.count > 1 ? gain.standardError : 0, freshCount: gain.count)
  }

  private func item(
    _ contender: Contender, _ task: PromptTask, _ examples: [Example]
  ) -> PromptScorer.Item {
    PromptScorer.Item(
      promptID: contender.id, prompt: contender.prompt, task: task, examples: examples)
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

extension Run {
  /// Draws for one original; the same for every target, so that their rankings are over the same
  /// candidates.
  func randomNumbers(_ original: Original, _ use: String) -> SplitMix64 {
    SplitMix64(
      seed: configuration.seed,
      stream:
        "\(use) \(original.entry.task.name) \(original.prompt.content) \(original.prompt.text)")
  }
}
