import FeedbackStore
import Foundation
import Tasks

/// All that a run has left so far, as values: what a report is made of.
///
/// A part that is not there is nil or empty; one that is damaged is, too, and a note says so.
public struct RunRecord: Sendable {
  /// A stage, or the part of it for one target or rewriter.
  public struct StageRecord: Sendable, Equatable {
    /// The stage, and the target or rewriter.
    public let source: MetricSource
    /// What it noted as it finished, by name, with "seconds"; nil where it is not finished.
    public let summary: [String: Double]?
  }

  /// An estimate and its bounds, under a name that needs no import.
  public typealias Interval = Tasks.Interval
  /// An original and the prompt chosen for it, likewise.
  public typealias Change = ScoreChange
  /// What a target was asked for, likewise.
  public typealias Purpose = PurposeCount

  /// The resolved configuration, the hashes of the data, and the program's version.
  public var manifest: RunFolder.Manifest
  /// Every stage of the run, in order.
  public var stages: [StageRecord] = []
  /// The evaluation.
  public var evaluation: EvaluationReport?
  /// Every metric of every stage, step by step.
  public var curves: [MetricCurve] = []
  /// The dataset in numbers, with failures and the ledger.
  public var dataset: DatasetReport?
  /// Scores of originals and of the prompts chosen for them.
  public var scoreChanges: [Change] = []
  /// What the targets were asked for.
  public var purposes: [Purpose] = []
  /// What became of the evaluated prompts.
  public var rewrites: [EvaluatedRewrite] = []
  /// Searches for a better prompt, and their baselines.
  public var optimization: OptimizationReport?
  /// How far the targets' tastes agree.
  public var study: StudyReport?
  /// What could not be read, a sentence each.
  public var notes: [String] = []

  /// Evaluated prompts that are read at most.
  package static let maximumRewrites = 20_000

  /// Reads what lies in a run folder, finished or not.
  ///
  /// - Throws: `RunError.notARunFolder` or `RunError.otherVersion` where its manifest cannot be read.
  ///   Nothing else ends it.
  public init(of folder: RunFolder) throws {
    manifest = try folder.manifest()
    stages = manifest.configuration.stageParts.map { source in
      StageRecord(source: source, summary: folder.summary(source.stage, source.part))
    }
    if folder.hasFile(folder.storeFile) { readStore(of: folder) }
    evaluation = readJSON(folder.evaluationFile)
    optimization = readJSON(folder.optimizationFile)
    study = readJSON(folder.studyFile)
    readLog(folder.logFile)
    readRewrites(folder.rewritesFile)
  }

  /// The summary of a finished stage.
  public func summary(_ stage: Stage, _ part: String? = nil) -> [String: Double]? {
    stages.first { $0.source == MetricSource(stage, part) }?.summary
  }

  private mutating func readStore(of folder: RunFolder) {
    do {
      dataset = try folder.datasetReport()
      let store = try FeedbackStore(at: folder.storeFile, create: false)
      scoreChanges = try store.scoreChanges()
      purposes = try store.purposeCounts()
    } catch {
      let reason = "\(error)".replacingOccurrences(of: folder.url.path + "/", with: "")
      notes.append("not read: \(reason)")
    }
  }

  private mutating func readJSON<Value: Decodable>(_ file: URL) -> Value? {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    do {
      return try JSONDecoder().decode(Value.self, from: Data(contentsOf: file))
    } catch {
      notes.append("\(file.lastPathComponent) is damaged, or of another version of the program")
      return nil
    }
  }

  private mutating func readLog(_ file: URL) {
    var thinning = CurveThinning()
    read(file) { (line: LoggedStep) in thinning.add(line) }
    curves = thinning.curves
  }

  private mutating func readRewrites(_ file: URL) {
    var (rows, leftOut) = ([EvaluatedRewrite](), 0)
    read(file) { (row: EvaluatedRewrite) in
      if rows.count < Self.maximumRewrites { rows.append(row) } else { leftOut += 1 }
    }
    rewrites = rows
    if leftOut > 0 {
      notes.append("\(file.lastPathComponent): \(leftOut) rewrites beyond the first were left out")
    }
  }

  private mutating func read<Row: Decodable>(_ file: URL, _ take: (Row) -> Void) {
    guard FileManager.default.fileExists(atPath: file.path) else { return }
    let problem = RecordedLines(file).read(take)
    if let problem { notes.append(problem) }
  }
}

extension RunFolder {
  /// The report that people look at.
  public var reportFile: URL { url.appendingPathComponent("report.html") }

  fileprivate func hasFile(_ file: URL) -> Bool {
    FileManager.default.fileExists(atPath: file.path)
  }
}

extension RunConfiguration {
  /// Every stage that leaves a mark, for each target or rewriter where it has several.
  fileprivate var stageParts: [MetricSource] {
    targets.map { MetricSource(.dataset, $0.name) } + [MetricSource(.base, nil)]
      + rewriters.flatMap { rewriter in
        [Stage.sft, .reward, .rl].map { MetricSource($0, rewriter.name) }
      }
      + [MetricSource(.evaluation, nil), MetricSource(.export, nil)]
  }
}
