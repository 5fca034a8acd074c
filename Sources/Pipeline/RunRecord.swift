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

  /// A file of the folder that a section of a report is made from.
  public enum Part: Sendable {
    case store, evaluation, optimization, study
  }

  /// An estimate and its bounds, under a name that needs no import.
  public typealias Interval = Tasks.Interval

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
  public var scoreChanges: [ScoreChange] = []
  /// What the targets were asked for.
  public var purposes: [PurposeCount] = []
  /// What became of the evaluated prompts.
  public var rewrites: [EvaluatedRewrite] = []
  /// Searches for a better prompt, and their baselines.
  public var optimization: OptimizationReport?
  /// How far the targets' tastes agree.
  public var study: StudyReport?
  /// What could not be read, a sentence each.
  public var notes: [String] = []
  /// Files that are there and could not be read.
  public private(set) var unreadable: Set<Part> = []

  /// Evaluated prompts that are kept at most, and the code points of all their texts together.
  package static let (maximumRewrites, maximumRewriteLength) = (20_000, 32 << 20)
  /// A longer JSON document is not read, in bytes.
  package static let maximumDocumentLength = 64 << 20

  /// Reads what lies in a run folder, finished or not.
  ///
  /// - Throws: `RunError.notARunFolder` or `RunError.otherVersion` where its manifest cannot be read.
  ///   Nothing else ends it.
  public init(of folder: RunFolder) throws {
    manifest = try folder.manifest()
    stages = manifest.configuration.stageParts.map { source in
      StageRecord(source: source, summary: folder.summary(source.stage, source.part))
    }
    readStore(folder.storeFile)
    evaluation = readJSON(folder.evaluationFile, .evaluation)
    optimization = readJSON(folder.optimizationFile, .optimization)
    study = readJSON(folder.studyFile, .study)
    readLog(folder.logFile)
    readRewrites(folder.rewritesFile)
  }

  /// The summary of a finished stage.
  public func summary(_ stage: Stage, _ part: String? = nil) -> [String: Double]? {
    stages.first { $0.source == MetricSource(stage, part) }?.summary
  }

  /// Whether any stage of the training of rewriters has left something.
  public var hasTraining: Bool {
    !curves.isEmpty || evaluation != nil || unreadable.contains(.evaluation)
      || stages.contains { $0.summary != nil }
  }

  private mutating func readStore(_ file: URL) {
    guard FileManager.default.fileExists(atPath: file.path) else { return }
    do {
      let store = try FeedbackStore(reading: file)
      let report = try DatasetReport(of: store)
      (scoreChanges, purposes) = (try store.scoreChanges(), try store.purposeCounts())
      dataset = report
    } catch {
      let folder = file.deletingLastPathComponent().path + "/"
      notes.append("not read: \("\(error)".replacingOccurrences(of: folder, with: ""))")
      unreadable.insert(.store)
    }
  }

  private mutating func readJSON<Value: Decodable>(_ file: URL, _ part: Part) -> Value? {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let name = part == .optimization ? "optimize/report.json" : file.lastPathComponent
    do {
      let text = try readText(file, as: name, maximumLength: Self.maximumDocumentLength)
      return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    } catch let error as TaskError {
      notes.append("not read: \(error)")
    } catch {
      notes.append("\(name) is damaged, or of another version of the program")
    }
    unreadable.insert(part)
    return nil
  }

  private mutating func readLog(_ file: URL) {
    var thinning = CurveThinning()
    read(file) { (line: LoggedStep) in thinning.add(line) }
    curves = thinning.curves
  }

  /// Rows of other targets and tasks than the run's are left out: the file is not of this run.
  private mutating func readRewrites(_ file: URL) {
    let targets = Set(manifest.configuration.targets.map(\.name))
    var (rows, room, leftOut, foreign) = ([EvaluatedRewrite](), Self.maximumRewriteLength, 0, 0)
    let hashes = manifest.dataHashes
    read(file) { (row: EvaluatedRewrite) in
      guard targets.contains(row.target), hashes["task \(row.task)"] != nil else {
        foreign += 1
        return
      }
      let row = row.clipped
      room -= row.textLength
      if rows.count < Self.maximumRewrites && room >= 0 { rows.append(row) } else { leftOut += 1 }
    }
    rewrites = rows
    let name = file.lastPathComponent
    if leftOut > 0 { notes.append("\(name): \(leftOut) rewrites beyond the first were left out") }
    if foreign > 0 {
      notes.append("\(name): \(foreign) rewrites of other targets or tasks were left out")
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
