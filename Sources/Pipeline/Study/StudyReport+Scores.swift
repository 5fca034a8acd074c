import Tasks
import Tensors

/// All that the study asked.
struct StudyScores: Sendable {
  /// Names of the targets.
  let targets: [String]
  let tasks: [StudyTask]
  /// By target, task, prompt and example; nil where a call failed or a prompt cannot be asked.
  let scores: [[[[Double?]]]]
}

extension StudyReport {
  /// Describes the scores, and measures how far the targets agree.
  init(_ data: StudyScores, _ settings: StudyConfiguration, seed: UInt64) {
    let contents = data.tasks.map { ContentGroups($0.prompts) }
    var random = SplitMix64(seed: seed, stream: "study")
    let agreement = RankAgreement(
      data.tasks.indices.map { task in
        TargetScores(data.scores.map { $0[task] }, groups: contents[task].groups)
      }, halvings: settings.halvings, resamples: settings.resamples, using: &random)
    let pairs = StudyPairs(
      targets: data.targets, tasks: data.tasks.map(\.entry.task.name), agreement, settings)
    scores = []
    distributions = []
    for (target, tasks) in zip(data.targets, data.scores) {
      for (index, rows) in tasks.enumerated() {
        let task = data.tasks[index]
        let measured = zip(task.prompts, rows).map { prompt, row in
          Score(target: target, task: task.entry.task.name, prompt, row)
        }
        scores += measured
        distributions += [Distribution(of: measured, groups: contents[index].groups)]
          .compactMap(\.self)
      }
    }
    kendallTau = pairs.agreements()
    belowSplitHalf = pairs.gaps()
    bestPromptLoss = pairs.losses()
    verdict = ""
    groups = contents.reduce(0) { $0 + $1.groups.count }
    groupsLeftOut = contents.reduce(0) { $0 + $1.leftOut }
    self.seed = seed
    (split, examples) = (settings.split, settings.examples)
    (halvings, resamples) = (settings.halvings, settings.resamples)
    verdict = StudyVerdict(self).text
  }
}

extension StudyReport.Score {
  fileprivate init(target: String, task: String, _ prompt: Prompt, _ row: [Double?]) {
    let moments = RunningMoments(row.compactMap(\.self))
    self.init(
      target: target, task: task, prompt: prompt.text, content: prompt.content,
      mean: moments.count > 0 ? moments.mean : nil, count: moments.count)
  }
}

extension StudyReport.Distribution {
  /// nil where no prompt has a score.
  fileprivate init?(of scores: [StudyReport.Score], groups: [[Int]]) {
    let means = scores.compactMap(\.mean).sorted()
    guard let first = scores.first, let minimum = means.first, let maximum = means.last else {
      return nil
    }
    let moments = RunningMoments(means)
    let within = groups.map { group in
      RunningMoments(group.compactMap { scores[$0].mean }).standardDeviation
    }
    self.init(
      target: first.target, task: first.task, prompts: means.count, mean: moments.mean,
      deviation: moments.standardDeviation, deviationWithinContent: RunningMoments(within).mean,
      minimum: minimum, lowerQuartile: quantile(0.25, ofSorted: means),
      median: quantile(0.5, ofSorted: means), upperQuartile: quantile(0.75, ofSorted: means),
      maximum: maximum)
  }
}
