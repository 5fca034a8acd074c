import Foundation
import Tasks

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
    /// the name; of a pretrained base, by "base" and its path.
    public var dataHashes: [String: String]
    /// Version of the program.
    public var version: String

    /// Stands before the name of a target in `dataHashes`.
    static let targetPrefix = "target "
    /// Stands before the path of a pretrained base in `dataHashes`.
    static let basePrefix = "base "

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
        guard hasManifest else {
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
      oldRun.hasManifest
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
  /// - Throws: `RunError.notARunFolder`; `RunError.otherVersion` where its settings are not those that
  ///   this version knows.
  public func manifest() throws -> Manifest {
    do {
      let text = try readText(manifestFile, as: manifestFile.path, maximumLength: 16 << 20)
      return try JSONDecoder().decode(Manifest.self, from: Data(text.utf8))
    } catch DecodingError.keyNotFound(let key, _) {
      throw RunError.otherVersion(url.path, key: key.stringValue)
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

  /// Whether there is a `run.json`, whatever it holds.
  var hasManifest: Bool { FileManager.default.fileExists(atPath: manifestFile.path) }

  private var manifestFile: URL { url.appendingPathComponent("run.json") }
  /// The feedback store.
  public var storeFile: URL { url.appendingPathComponent("feedback.sqlite") }
  /// All metrics, one JSON object a line.
  public var logFile: URL { url.appendingPathComponent("log.jsonl") }
  /// The evaluation.
  public var evaluationFile: URL { url.appendingPathComponent("evaluation.json") }

  /// What `mapo optimize` found last.
  public var optimizationFile: URL { optimizationFolder.appendingPathComponent("report.json") }
  /// Its report, and the best prompts as texts.
  var optimizationFolder: URL { url.appendingPathComponent("optimize") }

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
    let file = marker(stage, part)
    guard let text = try? readText(file, as: file.path, maximumLength: 1 << 20) else { return nil }
    return try? JSONDecoder().decode([String: Double].self, from: Data(text.utf8))
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
