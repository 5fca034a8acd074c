import FeedbackStore
import Foundation
import PromptSearch
import TargetModels
import Tasks

extension Run {
  /// Improves prompts for their targets, one search for each target, task and repeat, and writes what
  /// was found to the run's folder.
  ///
  /// Every answer is in the store before it counts, so a run that was killed asks for nothing again
  /// and finds the same. What was scored becomes training data of the target.
  ///
  /// Source: Yang et al. 2024, arXiv:2406.13443 (P) for Dual-Phase; the rest is ours (O).
  ///
  /// - Parameters:
  ///   - target: Name of the target; nil for all.
  ///   - task: Name of the task; nil for all.
  ///   - methods: What is run; nil for what the configuration says.
  ///   - onEvent: Told what happens.
  /// - Throws: What `RunConfiguration.checkOptimization` throws; `RunError.budgetMet`, after all that
  ///   was answered is stored; where every search failed, why the first did. Where some failed, the
  ///   report's notices say why.
  public func optimize(
    target: String? = nil, task: String? = nil, methods: [OptimizationMethod]? = nil,
    onEvent: @escaping @Sendable (OptimizationEvent) -> Void = { _ in }
  ) async throws -> OptimizationReport {
    let settings = try configuration.optimizeSettings(methods: methods)
    let tasks = try pool.chosen(task, for: settings)
    let rewriters = try configuration.openRewriters(settings, target, folder)
    let scorers = try await openTargets().filter { target == nil || $0.target.name == target }
    return try await folder.exclusively {
      let report = try await PromptOptimization(
        self, settings, scorers, rewriters, tasks, onEvent
      ).report()
      for scorer in scorers { try checkForLeaks(target: scorer.targetID) }
      try folder.write(report)
      return report
    }
  }
}

extension RunConfiguration {
  /// The section `optimize`, with other methods where wanted, checked.
  ///
  /// - Throws: `ConfigurationError.invalid` where there is none, or something is wrong with it.
  public func optimizeSettings(
    methods: [OptimizationMethod]? = nil
  ) throws(ConfigurationError) -> OptimizeConfiguration {
    guard var settings = optimize else {
      throw .invalid(key: "optimize", reason: "is not there: Configs/quickstart.yaml has one")
    }
    if let methods { settings.methods = methods }
    try settings.validate()
    return settings
  }

  /// Checks all that `Run.optimize` needs, before a run folder is made and anything is asked.
  ///
  /// - Parameter folder: The run's, which need not exist.
  /// - Throws: `ConfigurationError.invalid` where there is no section `optimize`, no such target or
  ///   task, no field for a placeholder of the user's prompt, or no usable generator; what is wrong
  ///   with the rest of configuration or data.
  public func checkOptimization(
    _ folder: RunFolder, data: URL?, target: String? = nil, task: String? = nil,
    methods: [OptimizationMethod]? = nil
  ) throws {
    try validate()
    let settings = try optimizeSettings(methods: methods)
    _ = try TaskPool(self, data: data).chosen(task, for: settings)
    _ = try openRewriters(settings, target, folder)
  }

  /// The rewriters that write prompts for a target, or for all.
  fileprivate func openRewriters(
    _ settings: OptimizeConfiguration, _ target: String?, _ folder: RunFolder
  ) throws(ConfigurationError) -> [String: SharedRewriter] {
    try checkTarget(target)
    let names = targets.map(\.name).filter { target == nil || $0 == target }
    return try settings.generator.openRewriters(of: names, in: folder, self)
  }

  private func checkTarget(_ name: String?) throws(ConfigurationError) {
    guard let name, !targets.contains(where: { $0.name == name }) else { return }
    throw .invalid(
      key: "targets", reason: "has no '\(name)', \(nearest(to: name, targets.map(\.name)))")
  }
}

extension TaskPool {
  /// The tasks that are optimised.
  ///
  /// - Throws: `ConfigurationError.invalid` where there is no task of this name, or several for one
  ///   prompt of the user's own, or where that prompt shows a field that the task does not have.
  func chosen(
    _ name: String?, for settings: OptimizeConfiguration
  ) throws(ConfigurationError) -> [SplitTask] {
    let chosen = tasks.filter { name == nil || $0.task.name == name }
    if chosen.isEmpty {
      throw .invalid(
        key: "tasks",
        reason: "has no '\(name ?? "")', \(nearest(to: name ?? "", tasks.map(\.task.name)))")
    }
    if settings.prompt != nil && chosen.count > 1 {
      throw .invalid(
        key: "optimize.prompt",
        reason: "is a prompt for one task, but there are \(chosen.count): name one of them")
    }
    let fields = Set(chosen[0].task.examples.flatMap(\.fields.keys)).sorted()
    for name in placeholders(in: settings.prompt ?? "") where !fields.contains(name) {
      throw .invalid(
        key: "optimize.prompt",
        reason: "has the placeholder {{\(name)}}, but task '\(chosen[0].task.name)' has only "
          + fields.map { "{{\($0)}}" }.joined(separator: ", "))
    }
    return chosen
  }
}

/// What is there instead of `name`.
private func nearest(to name: String, _ names: [String]) -> String {
  if let near = nearestName(to: name, among: names) { return "did you mean '\(near)'?" }
  return "only " + names.map { "'\($0)'" }.joined(separator: ", ")
}

/// All searches. Those of different tasks may run at the same time, those of one task follow each
/// other: what a prompt's number is, and which answers the store had, then does not depend on who was
/// faster.
private struct PromptOptimization: Sendable {
  private let run: Run
  private let settings: OptimizeConfiguration
  private let scorers: [PromptScorer]
  private let rewriters: [String: SharedRewriter]
  private let tasks: [SplitTask]
  private let onEvent: @Sendable (OptimizationEvent) -> Void

  init(
    _ run: Run, _ settings: OptimizeConfiguration, _ scorers: [PromptScorer],
    _ rewriters: [String: SharedRewriter], _ tasks: [SplitTask],
    _ onEvent: @escaping @Sendable (OptimizationEvent) -> Void
  ) {
    (self.run, self.settings, self.scorers) = (run, settings, scorers)
    (self.rewriters, self.tasks, self.onEvent) = (rewriters, tasks, onEvent)
  }

  func report() async throws -> OptimizationReport {
    let subjects = try OptimizationSubjects(run, settings, scorers[0])
    let lanes = try tasks.map { try subjects.subjects(of: $0) }
    let total = lanes.reduce(0) { $0 + $1.count } * scorers.count
    let count = FinishedCount(run.observer, total: total)
    run.observer.report("optimize", 0, of: total)
    let lanesFound = try await concurrently(lanes, width: width) { lane in
      var found: [Found] = []
      for scorer in scorers {
        for subject in lane {
          found.append(try await search(subject, scorer, of: total))
          await count.add()
        }
      }
      return found
    }
    var (judged, failures) = ([JudgedSearch](), [FailedSearch]())
    for found in lanesFound.flatMap(\.self) {
      switch found {
      case .success(let search): judged.append(search)
      case .failure(let failure): failures.append(failure)
      }
    }
    if judged.isEmpty, let failure = failures.first { throw failure.error }
    return OptimizationReport(
      judged, failures: failures.map(\.description), settings, run.configuration)
  }

  private typealias Found = Result<JudgedSearch, FailedSearch>

  /// One search. That it fails is no reason to end the others.
  private func search(
    _ subject: OptimizationSubject, _ scorer: PromptScorer, of total: Int
  ) async throws -> Found {
    let place = OptimizationReport.Place(
      target: scorer.target.name, task: subject.task.name, repetition: subject.repetition)
    onEvent(.began(place, searches: total, originalPrompt: subject.original.prompt.text))
    do {
      let search = try OptimizationSearch(
        run, settings, scorer, subject, place, rewriters[place.target], onEvent)
      return .success(try await search.run())
    } catch let error as RunError {
      switch error {
      case .noAnswer, .noData:
        onEvent(.failed(place, reason: "\(error)"))
        return .failure(FailedSearch(place: place, error: error))
      default: throw error
      }
    }
  }

  /// Embedded targets have nobody to wait for.
  private var width: Int {
    let asksServers = run.configuration.targets.contains { $0.server != nil }
    return asksServers ? run.configuration.connection.searchesAtOnce : 1
  }
}

/// A search that found nothing.
private struct FailedSearch: Error, CustomStringConvertible {
  let place: OptimizationReport.Place
  let error: RunError

  var description: String {
    "the search for \(place.target), \(place.task), repeat \(place.repetition) failed: \(error)"
  }
}

/// Reports how many searches are done.
private actor FinishedCount {
  private var done = 0
  private let total: Int
  private let observer: RunObserver

  init(_ observer: RunObserver, total: Int) { (self.observer, self.total) = (observer, total) }

  func add() {
    done += 1
    observer.report("optimize", done, of: total)
  }
}
