import Tasks
import Tensors

extension EvaluationReport {
  /// Means, intervals and counts of all targets.
  package init(_ evaluations: [TargetEvaluation], _ configuration: RunConfiguration) {
    var statistics = EvaluationStatistics(configuration)
    self.init(
      rows: [], summary: [], heldOut: [], transfer: [], ownMinusOther: [], ownMinusControl: [],
      seed: configuration.seed, split: configuration.evaluation.split)
    for evaluation in evaluations {
      let tasks = evaluation.byTask
      let counted = tasks.filter { statistics.counts($0) }
      rows += tasks.map { statistics.row($0, of: evaluation, counted: statistics.counts($0)) }
      // Where no task counts, nothing can be said of the target, and no summary pretends to.
      guard !counted.isEmpty else { continue }
      summary.append(statistics.summary(counted, of: evaluation, group: "all"))
      for kind in HeldOutKind.allCases {
        let group = counted.map { $0.filter { $0.heldOut == kind } }.filter { !$0.isEmpty }
        if group.isEmpty { continue }
        heldOut.append(statistics.summary(group, of: evaluation, group: kind.rawValue))
      }
      transfer.append(
        Transfer(
          rewriterOf: evaluation.target, usedOn: evaluation.target,
          score: statistics.mean(counted, .mapo)))
      for other in evaluation.others {
        transfer.append(
          Transfer(
            rewriterOf: other, usedOn: evaluation.target,
            score: statistics.mean(counted, .other(other))))
      }
      if let interval = statistics.ownMinusOther(counted, evaluation.others) {
        ownMinusOther.append(Difference(target: evaluation.target, interval))
      }
      if evaluation.hasControl {
        ownMinusControl.append(
          Difference(
            target: evaluation.target, statistics.interval(counted, .mapo, minus: .control)))
      }
    }
  }
}

extension TargetEvaluation {
  /// The prompts of each task, in the order of the tasks.
  var byTask: [[EvaluatedPrompt]] {
    var order: [String] = []
    var groups: [String: [EvaluatedPrompt]] = [:]
    for prompt in prompts {
      if groups[prompt.task.name] == nil { order.append(prompt.task.name) }
      groups[prompt.task.name, default: []].append(prompt)
    }
    return order.compactMap { groups[$0] }
  }
}

/// The arithmetic of a report.
private struct EvaluationStatistics {
  private let configuration: EvaluationConfiguration
  private var random: SplitMix64

  init(_ configuration: RunConfiguration) {
    self.configuration = configuration.evaluation
    random = SplitMix64(seed: configuration.seed, stream: "bootstrap")
  }

  /// A task counts where the target, with good prompts, is clearly above the trivial baseline.
  func counts(_ prompts: [EvaluatedPrompt]) -> Bool {
    let trivial = RunningMoments(prompts.map(\.trivial)).mean
    return mean([prompts], .lookup) >= trivial + configuration.minimumAboveTrivial / 100
  }

  /// Mean over tasks of the mean over prompts of a method's score.
  func mean(_ tasks: [[EvaluatedPrompt]], _ method: EvaluationMethod) -> Double {
    RunningMoments(
      tasks.map { prompts in RunningMoments(prompts.compactMap { $0.mean(method) }).mean }
    ).mean
  }

  mutating func interval(
    _ tasks: [[EvaluatedPrompt]], _ method: EvaluationMethod, minus baseline: EvaluationMethod
  ) -> Interval {
    bootstrap(tasks.map { $0.map { $0.differences(method, minus: baseline) } })
  }

  /// Own rewriter less the mean of the others', example by example; nil without another target.
  mutating func ownMinusOther(_ tasks: [[EvaluatedPrompt]], _ others: [String]) -> Interval? {
    guard !others.isEmpty else { return nil }
    return bootstrap(
      tasks.map { prompts in
        prompts.map { prompt in
          let rows = others.map { prompt.differences(.mapo, minus: .other($0)) }
          return rows[0].indices.map { index in
            let values = rows.compactMap { $0[index] }
            return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
          }
        }
      })
  }

  private mutating func bootstrap(_ tasks: [[[Double?]]]) -> Interval {
    let scored = tasks.filter { $0.contains { $0.contains { $0 != nil } } }
    guard !scored.isEmpty else { return Interval(mean: 0, low: 0, high: 0) }
    return twoWayBootstrap(
      scored.map { PairedDifferences($0) }, resamples: configuration.resamples, confidence: 0.95,
      using: &random)
  }

  /// Shares of prompts that got worse, that were kept, and of distinct rewrites.
  private struct Shares {
    var harmedAny = 0.0
    var harmedSignificant = 0.0
    var kept = 0.0
    var distinct = 0.0
  }

  private func shares(_ prompts: [EvaluatedPrompt]) -> Shares {
    let count = Double(max(1, prompts.count))
    let changes = prompts.map {
      RunningMoments($0.differences(.mapo, minus: .original).compactMap(\.self))
    }
    let inputs = Set(prompts.map { "\($0.task.name)\n\($0.prompt.text)" })
    let outputs = Set(prompts.map { "\($0.task.name)\n\($0.texts[.mapo] ?? "")" })
    return Shares(
      harmedAny: Double(changes.count { $0.mean < -0.01 }) / count,
      harmedSignificant: Double(
        changes.count { $0.count > 1 && $0.mean + 1.96 * $0.standardError < 0 }) / count,
      kept: Double(prompts.count(where: \.kept)) / count,
      distinct: Double(outputs.count) / Double(max(1, inputs.count)))
  }

  mutating func row(
    _ prompts: [EvaluatedPrompt], of evaluation: TargetEvaluation, counted: Bool
  ) -> EvaluationReport.Row {
    let shares = shares(prompts)
    let task = prompts[0].task
    return EvaluationReport.Row(
      target: evaluation.target, task: task.name, kind: task.kind.rawValue,
      // What is averaged are scores of single answers: for metrics of whole sets that is accuracy.
      metric: (task.metric.comparesLabels ? .accuracy : task.metric).rawValue,
      prompts: prompts.count, examples: prompts[0].exampleCount,
      counted: counted, trivial: RunningMoments(prompts.map(\.trivial)).mean,
      original: mean([prompts], .original), constant: mean([prompts], .constant),
      lookup: mean([prompts], .lookup), sft: mean([prompts], .sft), mapo: mean([prompts], .mapo),
      gain: interval([prompts], .mapo, minus: .original),
      overConstant: interval([prompts], .mapo, minus: .constant),
      overSft: interval([prompts], .mapo, minus: .sft), harmedAny: shares.harmedAny,
      harmedSignificant: shares.harmedSignificant, kept: shares.kept, distinct: shares.distinct)
  }

  mutating func summary(
    _ tasks: [[EvaluatedPrompt]], of evaluation: TargetEvaluation, group: String
  ) -> EvaluationReport.Summary {
    let shares = shares(Array(tasks.joined()))
    return EvaluationReport.Summary(
      target: evaluation.target, group: group, prompts: tasks.reduce(0) { $0 + $1.count },
      original: mean(tasks, .original), constant: mean(tasks, .constant),
      lookup: mean(tasks, .lookup), sft: mean(tasks, .sft), mapo: mean(tasks, .mapo),
      gain: interval(tasks, .mapo, minus: .original),
      overConstant: interval(tasks, .mapo, minus: .constant),
      overSft: interval(tasks, .mapo, minus: .sft), harmedAny: shares.harmedAny,
      harmedSignificant: shares.harmedSignificant, kept: shares.kept, distinct: shares.distinct)
  }
}
