import Foundation

/// The folder of one run: its resolved configuration, its store, its log, and what each stage left.
public struct RunFolder: Sendable, Equatable {
  /// The folder.
  public let url: URL

  /// How an existing folder is treated.
  public enum Opening: Sendable, Equatable {
    /// It is refused.
    case new
    /// It is continued; the configuration must be the same.
    case resume
    /// It is removed first.
    case overwrite
  }

  /// What `run.json` holds.
  public struct Manifest: Codable, Equatable, Sendable {
    /// The complete configuration.
    public var configuration: RunConfiguration
    /// Hash of every file that was read, by its path; of tasks and targets, by "task" or "target" and
    /// the name.
    public var dataHashes: [String: String]
    /// Version of the program.
    public var version: String

    /// Stands before the name of a target in `dataHashes`.
    static let targetPrefix = "target "

    package init(
      configuration: RunConfiguration, dataHashes: [String: String], version: String
    ) {
      (self.configuration, self.dataHashes) = (configuration, dataHashes)
      self.version = version
    }
  }

  /// A folder that need not exist.
  public init(_ url: URL) { self.url = url }

  /// Makes the folder ready for a run.
  ///
  /// - Parameter source: A run whose finished stages a new folder begins with, as far as their
  ///   settings are the same; where `opening` replaces a folder, it may be that very one.
  /// - Returns: What was taken over; nil where the folder is continued, and without a source.
  /// - Throws: `RunError` where it exists and may not, or holds another configuration.
  @discardableResult
  package func open(
    _ manifest: Manifest, _ opening: Opening, from source: RunFolder? = nil
  ) throws -> StageReuse? {
    let files = FileManager.default
    try takeBackOldRun()
    if try !isMissingOrEmpty() {
      switch opening {
      case .new: throw RunError.folderExists(url.path)
      case .resume:
        try resume(manifest)
        return nil
      case .overwrite:
        guard files.fileExists(atPath: manifestFile.path) else {
          throw RunError.notARunFolder(url.path)  // never remove what no run wrote
        }
      }
    }
    let reuse = try source.map { try StageReuse(of: $0, for: manifest) }
    // The folder appears with its manifest, in one step: a run that is killed as it begins leaves
    // nothing that the next one could not use.
    let begun = RunFolder(url.appendingPathExtension("begun"))
    try begun.remove()  // what such a run left; absent as a rule
    try files.createDirectory(at: begun.url, withIntermediateDirectories: true)
    let json = try ConfigurationLoader.resolvedJSON(manifest)
    try Data(json.utf8).write(to: begun.manifestFile)
    try reuse?.copy(to: begun)
    try oldRun.remove()  // what an interrupted removal left; absent as a rule
    if files.fileExists(atPath: url.path) { try files.moveItem(at: url, to: oldRun.url) }
    try files.moveItem(at: begun.url, to: url)
    try oldRun.remove()
    return reuse
  }

  /// Where a run that is replaced lies until the new one is in its place: paid-for answers are in
  /// one of them, whenever the program is killed.
  private var oldRun: RunFolder { RunFolder(url.appendingPathExtension("removed")) }

  /// A replacement that was killed between its two steps has not been.
  private func takeBackOldRun() throws {
    let files = FileManager.default
    guard !files.fileExists(atPath: url.path),
      files.fileExists(atPath: oldRun.manifestFile.path)
    else { return }
    try files.moveItem(at: oldRun.url, to: url)
  }

  /// The manifest goes first: what is half removed is no run folder.
  private func remove() throws {
    let files = FileManager.default
    for item in [manifestFile, url] where files.fileExists(atPath: item.path) {
      try files.removeItem(at: item)
    }
  }

  /// An empty folder may have been made for the run.
  private func isMissingOrEmpty() throws -> Bool {
    guard FileManager.default.fileExists(atPath: url.path) else { return true }
    return try FileManager.default.contentsOfDirectory(atPath: url.path).isEmpty
  }

  /// The manifest of an existing run.
  ///
  /// - Throws: `RunError.notARunFolder`.
  public func manifest() throws -> Manifest {
    do {
      return try JSONDecoder().decode(Manifest.self, from: Data(contentsOf: manifestFile))
    } catch {
      throw RunError.notARunFolder(url.path)
    }
  }

  /// Whether a run has begun here.
  ///
  /// - Throws: `RunError.notARunFolder` where there are other files.
  var hasBegun: Bool {
    get throws {
      if try isMissingOrEmpty() { return false }
      _ = try manifest()
      return true
    }
  }

  /// Budget and connections may change: `run.json` then says the present ones.
  private func resume(_ manifest: Manifest) throws {
    try checkUnchanged(manifest)
    var present = try self.manifest()
    guard present.configuration != manifest.configuration else { return }
    present.configuration = manifest.configuration
    let json = try ConfigurationLoader.resolvedJSON(present)
    try Data(json.utf8).write(to: manifestFile, options: .atomic)
  }

  /// Whether the run that is here can be continued as this one.
  ///
  /// - Throws: `RunError` where it has another configuration or other data.
  func checkUnchanged(_ manifest: Manifest) throws {
    let old = try self.manifest()
    let (before, now) = (old.configuration.withoutMeans, manifest.configuration.withoutMeans)
    guard before == now else {
      throw RunError.configurationChanged(
        url.path, key: try ConfigurationLoader.firstDifference(before, now))
    }
    // A target that the run trains is not there when the run begins.
    for (path, hash) in manifest.dataHashes where old.dataHashes[path] ?? hash != hash {
      throw RunError.dataChanged(path)
    }
  }

  private var manifestFile: URL { url.appendingPathComponent("run.json") }
  /// The feedback store.
  public var storeFile: URL { url.appendingPathComponent("feedback.sqlite") }
  /// All metrics, one JSON object a line.
  public var logFile: URL { url.appendingPathComponent("log.jsonl") }
  /// The evaluation.
  public var evaluationFile: URL { url.appendingPathComponent("evaluation.json") }

  /// The folder of a stage's model, for one rewriter where the stage has several.
  public func model(_ stage: Stage, _ rewriter: String? = nil) -> URL {
    let folder = url.appendingPathComponent(stage.rawValue)
    return rewriter.map { folder.appendingPathComponent($0) } ?? folder
  }

  /// Where a training keeps its state until its stage is finished. Not in the model's folder, which is
  /// replaced as a whole.
  func state(_ stage: Stage, _ part: String?) -> URL {
    url.appendingPathComponent("state").appendingPathComponent(MetricSource(stage, part).name)
  }

  /// Notes that a stage is finished, after all that it leaves is on the disk.
  public func markFinished(_ stage: Stage, _ part: String?, summary: [String: Double]) throws {
    let file = marker(stage, part)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    let json = try ConfigurationLoader.resolvedJSON(summary)
    try Data(json.utf8).write(to: file, options: .atomic)
  }

  /// What a finished stage noted; nil where it is not finished.
  public func summary(_ stage: Stage, _ part: String?) -> [String: Double]? {
    guard let data = try? Data(contentsOf: marker(stage, part)) else { return nil }
    return try? JSONDecoder().decode([String: Double].self, from: data)
  }

  /// Does `work` while no other process works in the folder.
  ///
  /// - Throws: `RunError.folderInUse`; what `work` throws.
  package func exclusively<Value>(_ work: () async throws -> Value) async throws -> Value {
    // A program that is started meanwhile must not keep the lock.
    let descriptor = Foundation.open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw RunError.notARunFolder(url.path) }
    defer { close(descriptor) }  // which ends the lock, as the end of a killed process does
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw RunError.folderInUse(url.path) }
    return try await work()
  }

  private func marker(_ stage: Stage, _ part: String?) -> URL {
    let name = stage.rawValue + (part.map { "-\($0)" } ?? "")
    return url.appendingPathComponent("finished").appendingPathComponent(name + ".json")
  }
}

extension ConfigurationLoader {
  /// The first line of `b` as YAML that is another in `a`.
  static func firstDifference(_ a: some Encodable, _ b: some Encodable) throws -> String {
    let (left, right) = (
      try resolvedYAML(a).split(separator: "\n"), try resolvedYAML(b).split(separator: "\n")
    )
    let line = zip(left, right).first { $0 != $1 }?.1 ?? right.last ?? ""
    return line.trimmingCharacters(in: .whitespaces)
  }
}

/// The stages of a run, in order. The raw values name folders.
public enum Stage: String, Sendable, CaseIterable {
  case targets, dataset, base, sft, reward, rl, evaluation, export
}

/// Why a run cannot go on.
public enum RunError: Error, Equatable, Sendable {
  /// A run of that name is there.
  case folderExists(String)
  /// A folder without `run.json`.
  case notARunFolder(String)
  /// A resumed run has another configuration; `key` is the first line that differs.
  case configurationChanged(String, key: String)
  /// Another process is at work in the folder.
  case folderInUse(String)
  /// A file of a resumed run has changed.
  case dataChanged(String)
  /// A stage needs what an earlier one leaves.
  case stageMissing(Stage, part: String?)
  /// A file that a configuration names does not exist.
  case missingFile(String, key: String)
  /// A task folder that cannot be read.
  case unusableTask(folder: String, reason: String)
  /// A target's folder that cannot be loaded.
  case unusableTarget(name: String, reason: String)
  /// A part of the data is empty.
  case noData(String)
  /// Every call to a target failed.
  case noAnswer(target: String)
  /// A target or generator refuses every request, or has stopped answering.
  case notAnswering(name: String, reason: String)
  /// A hard limit of the budget.
  case budgetMet(reason: String)
  /// Evaluated text in a training row.
  case leak(String)
  /// A number that a stage ends with is not finite.
  case diverged(Stage)
  /// Several steps in a row were not finite; the weights are those after step `lastGood`.
  case lost(String, skipped: Int, lastGood: Int)
  /// A sample that must not be learned from.
  case badSample(Stage, part: String?, sample: String, reason: String)
  /// An output that must not be replaced.
  case outputExists(String)
  /// A target did not learn its diet.
  case targetTooWeak(name: String, task: String, score: Double, minimum: Double)
}

extension RunError: CustomStringConvertible {
  /// One sentence for the person who ran the command.
  public var description: String {
    switch self {
    case .folderExists(let path):
      "the run folder \(path) exists: --resume continues it, --overwrite replaces it"
    case .notARunFolder(let path): "\(path) is not a run folder: it has no readable run.json"
    case .configurationChanged(let path, let key):
      "the run in \(path) has another configuration, first at '\(key)'; --resume needs the same one"
    case .folderInUse(let path): "another process is at work in the run folder \(path)"
    case .dataChanged(let path): "\(path) has changed since the run began"
    case .stageMissing(let stage, let part):
      "stage '\(stage.rawValue)'\(part.map { " of \($0)" } ?? "") is not finished; run it first"
    case .missingFile(let path, let key): "'\(key)' names \(path), which does not exist"
    case .unusableTask(let folder, let reason): "task folder \(folder): \(reason)"
    case .unusableTarget(let name, let reason): "target '\(name)': \(reason)"
    case .noData(let what): what
    case .noAnswer(let target):
      "target '\(target)' answered no call; the feedback store has the reason of each"
    case .notAnswering(let name, let reason):
      "'\(name)' does not answer: \(reason); every answer so far is kept, --resume goes on from there"
    case .budgetMet(let reason):
      "\(reason); every answer so far is kept, and --resume goes on with a larger budget, or on the "
        + "next day (UTC) where the limit is the day's"
    case .leak(let what): "evaluated data in the training set: \(what)"
    case .diverged(let stage):
      "stage '\(stage.rawValue)' diverged: its numbers are not finite; a lower learning rate helps"
    case .lost(let title, let skipped, let lastGood):
      "\(title): \(skipped) steps in a row had a loss or gradient that is not finite, so it is "
        + "given up; the last saved state, of step \(lastGood) or before, is kept; a lower learning "
        + "rate helps"
    case .badSample(let stage, let part, let sample, let reason):
      "\(stage.rawValue)\(part.map { " \($0)" } ?? ""), \(sample): \(reason)"
    case .outputExists(let path):
      "\(path) is not replaced: only an exported rewriter is, and never the source itself"
    case .targetTooWeak(let name, let task, let score, let minimum):
      "target '\(name)' reaches \(rounded(score)) on task '\(task)' with wordings of its diet; "
        + "\(rounded(minimum)) is needed"
    }
  }

  /// Whether the command line or configuration is at fault: exit code 2.
  public var isUsage: Bool {
    switch self {
    case .folderExists, .notARunFolder, .configurationChanged, .missingFile, .outputExists: true
    default: false
    }
  }

  /// Whether nothing more may be sent, while what has been sent is waited for.
  var stopsSending: Bool {
    switch self {
    case .budgetMet, .notAnswering: true
    default: false
    }
  }

  private func rounded(_ value: Double) -> String { String(format: "%.3f", value) }
}
