import Foundation
import Tasks

extension RunConfiguration {
  /// The settings of the study.
  ///
  /// - Throws: `ConfigurationError.invalid` where there are none.
  public func studySettings() throws(ConfigurationError) -> StudyConfiguration {
    guard let study else {
      throw .invalid(key: "study", reason: "is missing: it says what the study asks")
    }
    return study
  }
}

extension Run {
  /// Scores the pool's prompts on every target and says how far the targets agree on them; writes
  /// `study.json`.
  ///
  /// The pool's prompts are only measured, those for training and those held out alike: what is
  /// asked has the purpose `evaluation`, which no ranking and no pair is made of. Every answer is
  /// kept, so that a study that was ended asks only for what is missing.
  ///
  /// Source: MAPO, section 2 (P) for scores of many prompts on several models; the measures of
  /// agreement are ours (O).
  ///
  /// - Throws: `ConfigurationError.invalid` without the section `study`; `RunError` where the budget is
  ///   met or a target does not answer; `StoreError`; `CancellationError`.
  public func study() async throws -> StudyReport {
    let settings = try configuration.studySettings()
    let tasks = pool.tasks.map { StudyTask($0, settings, seed: configuration.seed) }
    let scorers = try await openTargets()
    return try await folder.exclusively {
      var scores: [[[[Double?]]]] = []
      for scorer in scorers { scores.append(try await self.scores(tasks, scorer)) }
      let report = StudyReport(
        StudyScores(targets: scorers.map(\.target.name), tasks: tasks, scores: scores),
        settings, seed: configuration.seed)
      let json = try ConfigurationLoader.resolvedJSON(report)
      try Data(json.utf8).write(to: folder.studyFile, options: .atomic)
      return report
    }
  }

  /// The scores of one target, by task, prompt and example.
  ///
  /// - Throws: `RunError.noAnswer` where every call failed.
  private func scores(_ tasks: [StudyTask], _ scorer: PromptScorer) async throws -> [[[Double?]]] {
    let name = scorer.target.name
    let total = tasks.reduce(0) { $0 + $1.numbers.count }
    var result: [[[Double?]]] = []
    var done = 0
    for task in tasks {
      let originals = try scorer.originals(of: task.entry)
      let isAskable = task.isAskable
      var rows: [[Double?]] = []
      let block = max(1, Self.callsPerBlock / max(1, task.examples.count))
      for start in stride(from: 0, to: task.numbers.count, by: block) {
        let places = start..<min(start + block, task.numbers.count)
        let items = places.map { place in
          let original = originals[task.numbers[place]]
          return PromptScorer.Item(
            promptID: original.id, prompt: original.prompt, task: task.entry.task,
            examples: zip(task.examples, isAskable[place]).filter(\.1).map(\.0))
        }
        let scored = try await scorer.scores(items, purpose: .evaluation)
        rows += zip(places, scored).map { place, row in
          var scores = row.makeIterator()
          return isAskable[place].map { $0 ? scores.next() ?? nil : nil }
        }
        done += places.count
        observer.report("study \(name)", done, of: total)
      }
      result.append(rows)
    }
    if result.joined().joined().allSatisfy({ $0 == nil }) { throw RunError.noAnswer(target: name) }
    return result
  }

  /// Calls between two reports of progress.
  private static let callsPerBlock = 1024
}

extension RunFolder {
  /// What `mapo study` found last.
  public var studyFile: URL { url.appendingPathComponent("study.json") }

  /// What the study found.
  ///
  /// - Throws: `RunError.noData` where its file is missing or damaged.
  public func study() throws -> StudyReport {
    do {
      return try JSONDecoder().decode(StudyReport.self, from: Data(contentsOf: studyFile))
    } catch {
      throw RunError.noData("\(studyFile.path) is missing or damaged")
    }
  }
}
