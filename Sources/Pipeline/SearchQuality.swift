import Foundation
import PromptSearch
import TargetModels
import Tasks
import Tensors

/// How large an experiment on the quality of the search is.
public struct SearchQualitySettings: Sendable, Equatable {
  /// Original prompts, spread over the tasks.
  public var prompts: Int
  /// Candidates for each of them, at most.
  public var candidates: Int
  /// Examples that the searches see.
  public var examples: Int
  /// Examples that only judge what they chose.
  public var fresh: Int
  /// Budgets of the races, as shares of the exhaustive search's calls.
  public var shares: [Double]

  /// An experiment.
  public init(prompts: Int, candidates: Int, examples: Int, fresh: Int, shares: [Double]) {
    self.prompts = prompts
    self.candidates = candidates
    self.examples = examples
    self.fresh = fresh
    self.shares = shares
  }
}

/// Compares the race with a search that scores every candidate on every example, by what their
/// choices are worth on fresh examples.
///
/// The target runs every candidate once on all search examples. The races read their scores from
/// these answers: the target takes the likeliest token, so it would answer the same again. Nothing
/// is trained on the examples, so the search takes them from the train and the dev part alike; test
/// examples are not touched. Scores are kept in a folder, and a second run asks only for those that
/// are missing.
public struct SearchQuality: Sendable {
  /// Asks for the scores of prompts on examples: a row for each prompt, nil where a call failed.
  package typealias Scorer =
    @Sendable (_ task: PromptTask, _ prompts: [Prompt], _ examples: [Example]) async throws ->
    [[Double?]]

  private let configuration: RunConfiguration
  private let settings: SearchQualitySettings
  private let pool: TaskPool
  private let target: (name: String, fingerprint: String)
  private let folder: URL
  private let observer: RunObserver
  private let scorer: Scorer

  /// Reads the tasks and loads the target.
  ///
  /// - Parameters:
  ///   - target: Name of one of the configuration's targets; the first where it is nil.
  ///   - folder: Where scores are kept.
  ///   - data: Folder of the files that tasks read, where they do.
  /// - Throws: What is wrong with configuration, data or target.
  public init(
    _ configuration: RunConfiguration, _ settings: SearchQualitySettings, target name: String?,
    folder: URL, data: URL?, observer: RunObserver
  ) throws {
    try configuration.validate()
    let names = configuration.targets.map(\.name)
    guard let source = configuration.targets.first(where: { $0.name == name ?? names[0] }) else {
      throw ConfigurationError.invalid(
        key: "targets", reason: "has no '\(name ?? "")', only \(names.joined(separator: ", "))")
    }
    guard source.server == nil else {
      throw ConfigurationError.invalid(
        key: "targets",
        reason:
          "has '\(source.name)' behind a server; the experiment asks more than anyone would pay")
    }
    let target = try source.open(configuration.connection)
    try self.init(
      configuration, settings, target: (target.name, target.fingerprint), folder: folder,
      data: data, observer: observer, scorer: Self.scorer(asking: target, configuration))
  }

  /// Greedy answers of a target, graded as the dataset's are.
  private static func scorer(
    asking target: any TargetModel, _ configuration: RunConfiguration
  ) -> Scorer {
    let sampling = Sampling(maximumTokens: configuration.maximumAnswerTokens)
    let choosesLabels = configuration.dataset.labelLikelihood
    return { task, prompts, examples in
      let requests = prompts.flatMap { prompt in
        let labels = choosesLabels ? task.labelWords(for: prompt) : []
        return examples.map { example in
          let text = task.rendered(prompt, for: example)
          return CompletionRequest(
            prefix: text.prefix, rest: text.rest, sampling: sampling, labels: labels)
        }
      }
      let answers = await target.complete(requests)
      return prompts.enumerated().map { row, prompt in
        let grader = AnswerGrader(task: task, prompt: prompt)
        return zip(examples, answers[(row * examples.count)...]).map { example, answer in
          guard case .success(let completion) = answer else { return nil }
          return grader.grade(completion.text, on: example).score
        }
      }
    }
  }

  /// The same with any way to get scores.
  package init(
    _ configuration: RunConfiguration, _ settings: SearchQualitySettings,
    target: (name: String, fingerprint: String), folder: URL, data: URL?, observer: RunObserver,
    scorer: @escaping Scorer
  ) throws {
    pool = try TaskPool(configuration, data: data)
    self.configuration = configuration
    self.settings = settings
    self.target = target
    self.folder = folder
    self.observer = observer
    self.scorer = scorer
  }

  /// Runs what of the experiment is missing, and judges.
  ///
  /// - Throws: `RunError.noData` where there are too few prompts or examples,
  ///   `ConfigurationError.invalid` where a share of the calls pays for no race; what the folder and
  ///   the target throw; `CancellationError`.
  public func run() async throws -> SearchQualityReport {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let subjects = try SearchSubjects(configuration, settings, pool).drawn()
    var outcomes: [SearchQualityReport.Outcome] = []
    for (index, subject) in subjects.enumerated() {
      outcomes.append(try await outcome(of: subject, "prompt \(index + 1) of \(subjects.count)"))
    }
    return SearchQualityReport(
      target: target.name, examples: settings.examples, fresh: settings.fresh, outcomes: outcomes,
      resamples: configuration.evaluation.resamples, seed: configuration.seed)
  }

  // MARK: Searches

  private func outcome(
    of subject: SearchSubject, _ label: String
  ) async throws -> SearchQualityReport.Outcome {
    let all = Array(subject.prompts.indices)
    let rows = try await scores(subject, all, on: subject.examples, label)
    let scores = all.map { rows[$0] ?? [] }
    let picks = try await picks(subject.prompts.map(\.text), scores)
    let fresh = try await self.scores(
      subject, Set(picks.map(\.chosen)).sorted(), on: subject.fresh, label + ", fresh")
    return SearchQualityReport.Outcome(
      task: subject.task.name, candidates: subject.prompts.count - 1, picks: picks,
      fresh: fresh, freshIDs: subject.fresh.map(\.id))
  }

  /// What every search chooses; the original and the exhaustive search come first.
  private func picks(
    _ texts: [String], _ scores: [[Double?]]
  ) async throws -> [SearchQualityReport.Pick] {
    func result(_ config: SearchConfig) async -> RaceResult {
      await race(candidates: texts, examples: settings.examples, config: config) {
        candidates, range in
        candidates.map { Array(scores[$0][range]) }
      }
    }
    let calls = texts.count * settings.examples
    let exhaustive = await result(
      SearchConfig(
        callsPerOriginal: calls, firstExamples: settings.examples, reduction: 2, dropConfidence: 0,
        finalists: max(1, texts.count - 1)))
    var picks = [
      SearchQualityReport.Pick(original: exhaustive),
      SearchQualityReport.Pick("exhaustive", exhaustive),
      SearchQualityReport.Pick("exhaustive", highestOf: exhaustive),
    ]
    for share in settings.shares {
      var config = configuration.dataset.search
      config.callsPerOriginal = Int(share * Double(calls))
      if let problem = config.problem {
        throw ConfigurationError.invalid(key: "dataset.search", reason: problem)
      }
      let raced = await result(config)
      let name = "race \(Int((share * 100).rounded())) %"
      picks += [
        SearchQualityReport.Pick(name, raced), SearchQualityReport.Pick(name, highestOf: raced),
      ]
    }
    return picks
  }

  // MARK: Scores

  /// Scores of some of the prompts, by number: those that are kept, and those that the target is
  /// asked for now.
  private func scores(
    _ subject: SearchSubject, _ numbers: [Int], on examples: [Example], _ label: String
  ) async throws -> [Int: [Double?]] {
    let task = subject.task
    let key =
      [target.fingerprint, pool.dataHashes["task \(task.name)"] ?? ""]
      + ["\(configuration.maximumAnswerTokens) \(configuration.dataset.labelLikelihood)"]
      + subject.prompts.map(\.text) + examples.map(\.id)
    let hash = String(stableHash(key.joined(separator: "\u{1F}")), radix: 16)
    var file = try ScoreFile(folder.appendingPathComponent("\(task.name)-\(hash).jsonl"))
    let missing = numbers.filter { file.rows[$0] == nil }
    let block = max(1, Self.callsPerBlock / examples.count)
    for start in stride(from: 0, to: missing.count, by: block) {
      try Task.checkCancellation()
      let part = Array(missing[start..<min(start + block, missing.count)])
      let rows = try await scorer(task, part.map { subject.prompts[$0] }, examples)
      try file.append(Array(zip(part, rows)))
      observer.report(label, start + part.count, of: missing.count)
    }
    return file.rows
  }

  /// Calls between two writes to the file.
  private static let callsPerBlock = 8192
}
