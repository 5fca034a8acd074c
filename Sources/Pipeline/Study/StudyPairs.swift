import Tasks

/// The measured agreement of every pair of targets, with their names.
struct StudyPairs {
  let targets: [String]
  private let tasks: [String]
  private let agreement: RankAgreement
  private let settings: StudyConfiguration

  init(
    targets: [String], tasks: [String], _ agreement: RankAgreement, _ settings: StudyConfiguration
  ) {
    (self.targets, self.tasks) = (targets, tasks)
    (self.agreement, self.settings) = (agreement, settings)
  }

  /// Each target with itself and with those after it: over all tasks, then task by task.
  func agreements() -> [StudyReport.Agreement] {
    targets.indices.flatMap { a in
      targets.indices[a...].flatMap { b in
        places.compactMap { agreement(a, b, task: $0) }
      }
    }
  }

  /// Each pair against both split-half τ.
  func gaps() -> [StudyReport.Gap] {
    pairs.flatMap { a, b in
      [(a, b), (b, a)].compactMap { own, other in
        agreement.gap(splitHalfOf: own, over: other).map {
          StudyReport.Gap(
            a: targets[a], b: targets[b], splitHalfOf: targets[own], relation: relation(a, b),
            difference: $0)
        }
      }
    }
  }

  /// Each ordered pair: over all tasks, then task by task.
  func losses() -> [StudyReport.Loss] {
    targets.indices.flatMap { a in
      targets.indices.filter { $0 != a }.flatMap { b in
        places.compactMap { task in
          agreement.loss(of: b, givenBestOf: a, task: task).map {
            StudyReport.Loss(
              a: targets[a], b: targets[b], task: name(task), loss: $0.mean, low: $0.low,
              high: $0.high)
          }
        }
      }
    }
  }

  /// Two different targets each.
  private var pairs: [(Int, Int)] {
    targets.indices.flatMap { a in targets.indices[(a + 1)...].map { (a, $0) } }
  }

  /// All tasks together, then each.
  private var places: [Int?] { [nil] + tasks.indices.map(Optional.some) }

  private func name(_ task: Int?) -> String { task.map { tasks[$0] } ?? "all" }

  private func relation(_ a: Int, _ b: Int) -> StudyReport.Relation {
    if a == b { return .splitHalf }
    return settings.areTwins(targets[a], targets[b]) ? .twin : .other
  }

  private func agreement(_ a: Int, _ b: Int, task: Int?) -> StudyReport.Agreement? {
    agreement.tau(a, b, task: task).map { tau in
      let coverage = agreement.coverage(a, b, task: task)
      return StudyReport.Agreement(
        a: targets[a], b: targets[b], task: name(task), relation: relation(a, b), tau: tau.mean,
        low: tau.low, high: tau.high,
        tauOnAllExamples: a == b ? nil : agreement.tauOnAllExamples(a, b, task: task),
        oppositePairs: a == b ? nil : agreement.oppositePairs(a, b, task: task),
        groups: coverage.groups, prompts: coverage.prompts)
    }
  }
}
