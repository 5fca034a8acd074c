import Alignment
import Foundation
import NeuralNetworks
import Tensors

/// The steps of one training, which can be killed at any moment and continued bit for bit.
///
/// `Notes` are what its stage has to remember besides the trainer's state: cursors, running means.
package struct TrainingLoop<Trainer: Resumable, Notes: Codable> {
  /// What one step did.
  package enum Outcome {
    /// It was taken.
    case taken
    /// It changed no weight: a loss or a gradient was not finite.
    case skipped
    /// It was not taken: training ends here.
    case finished
  }

  /// Which stage it is, in messages and metrics.
  package let source: MetricSource
  private let trainer: Trainer
  private let checkpoint: TrainingCheckpoint
  private let identity: String
  private let checkpointSeconds: Double
  private let observer: RunObserver

  /// - Parameters:
  ///   - trainer: As it is before the first step.
  ///   - folder: Where the state is kept while the training lasts.
  ///   - identity: Of settings and data; a state of another one is refused.
  ///   - checkpointSeconds: Time between two saves; 0 to save after every step.
  package init(
    _ source: MetricSource, _ trainer: Trainer, stateIn folder: URL, identity: String,
    checkpointSeconds: Double, observer: RunObserver
  ) {
    self.source = source
    self.trainer = trainer
    checkpoint = TrainingCheckpoint(in: folder)
    self.identity = identity
    self.checkpointSeconds = checkpointSeconds
    self.observer = observer
  }

  private struct State: Codable {
    var step = 0
    var skipped = SkippedSteps()
    var notes: Notes
  }

  /// Skipped steps in a row after which a training is given up.
  package static var longestSkip: Int { 5 }

  /// Takes the steps that are left of `steps`.
  ///
  /// A step may throw only before it has changed a weight: then the state before it is saved. So it is
  /// when the task is cancelled, and before the first of several skipped steps.
  ///
  /// - Parameters:
  ///   - notes: Those of the beginning; a continued training has those of its checkpoint instead.
  ///   - step: Takes one step, counted from 0.
  /// - Returns: The notes at the end.
  /// - Throws: `CancellationError`; `CheckpointError` where the state cannot be kept; `RunError.lost`
  ///   after several steps in a row that were not finite: the state that was saved before them stays;
  ///   what a step throws.
  package func run(
    _ steps: Int, notes: Notes,
    step: (_ index: Int, _ notes: inout Notes) async throws -> Outcome
  ) async throws -> Notes {
    var state = State(notes: notes)
    if let saved = try checkpoint.read(State.self, into: trainer, identity: identity) {
      state = saved
      observer.logger.info("\(title): continues after step \(state.step) of \(steps)")
    }
    observer.restart(source.stage, source.part, at: state.step)
    var lastSave = ContinuousClock().now
    while state.step < steps {
      let before = (state: state, progress: trainer.progress)
      let outcome: Outcome
      do {
        try Task.checkCancellation()
        outcome = try await step(state.step, &state.notes)
      } catch {
        try save(before.state, with: before.progress)
        throw error
      }
      if case .finished = outcome { break }
      state.step += 1
      state.skipped.note(isSkipped: outcome == .skipped)
      if state.skipped.inARow == 1 { try save(before.state, with: before.progress) }
      guard state.skipped.inARow < Self.longestSkip else {
        throw RunError.lost(
          title, skipped: state.skipped.inARow, lastGood: state.step - state.skipped.inARow)
      }
      if state.skipped.inARow == 0, isDue(lastSave) {
        try save(state)
        lastSave = ContinuousClock().now
      }
    }
    if state.skipped.total > 0 {
      observer.logger.warning(
        "\(title): \(state.skipped.total) steps were skipped, their numbers were not finite")
    }
    return state.notes
  }

  private var title: String { source.stage.rawValue + (source.part.map { " \($0)" } ?? "") }

  private func isDue(_ lastSave: ContinuousClock.Instant) -> Bool {
    ContinuousClock().now - lastSave >= .seconds(checkpointSeconds)
  }

  private func save(_ state: State) throws {
    try checkpoint.write(trainer, notes: state, identity: identity)
  }

  /// Saves the state before a step that has changed no weight.
  private func save(_ state: State, with progress: Trainer.Progress) throws {
    let present = trainer.progress
    trainer.progress = progress
    defer { trainer.progress = present }
    try save(state)
  }
}

/// A hash of everything that training data consists of.
struct TrainingDataHash {
  private var hash = StableHash()

  /// The hash so far.
  var text: String { hash.text }

  mutating func combine(_ examples: [SequenceExample]) {
    combine([Int32(examples.count)])
    for example in examples {
      combine(example.prompt)
      combine(example.response)
      for mark in example.isTarget ?? [] { hash.combine([mark ? 1 : 0]) }
    }
  }

  mutating func combine(_ rankings: [RankingExample]) {
    combine([Int32(rankings.count)])
    for ranking in rankings {
      combine(ranking.prompt)
      for candidate in ranking.candidates { combine(candidate) }
      for score in ranking.scores { combine([Int32(bitPattern: score.bitPattern)]) }
    }
  }

  /// Numbers with their count, so that moving a border between two lists is noticed.
  mutating func combine(_ numbers: [Int32]) {
    for number in [Int32(numbers.count)] + numbers {
      withUnsafeBytes(of: number.littleEndian) { hash.combine($0) }
    }
  }
}

extension Run {
  /// A training of one stage, whose state is kept until the stage is finished.
  func loop<Trainer: Resumable, Notes: Codable>(
    _ stage: Stage, _ part: String?, _ trainer: Trainer, notes: Notes.Type,
    data: TrainingDataHash
  ) throws -> TrainingLoop<Trainer, Notes> {
    TrainingLoop(
      MetricSource(stage, part), trainer,
      stateIn: folder.state(stage, part),
      identity: [try configuration.identityHash(), data.text, Self.version].joined(separator: " "),
      checkpointSeconds: configuration.checkpointSeconds, observer: observer)
  }

  /// Refuses samples that teach what nobody meant.
  ///
  /// - Throws: `RunError.badSample` with the number of the first.
  func checkSamples<Sample>(
    _ samples: [Sample], of stage: Stage, _ part: String?, _ what: String,
    _ problem: (Sample) -> ExampleProblem?
  ) throws(RunError) {
    for (index, sample) in samples.enumerated() {
      if let problem = problem(sample) {
        throw .badSample(
          stage, part: part, sample: "\(what) \(index)", reason: problem.description)
      }
    }
  }
}
