import ArgumentParser
import Dispatch
import Foundation
import Logging
import Pipeline
import Reports

/// What the commands that read a configuration have in common.
struct ConfigurationOptions: ParsableArguments {
  @Argument(help: "The configuration, a YAML file.")
  var config: String

  @Option(name: .customLong("set"), help: "Replace one value: key.path=value. May be repeated.")
  var overrides: [String] = []

  @Option(help: "Folder of the files that the configuration's tasks read.")
  var data: String?

  var dataFolder: URL? { data.map { URL(fileURLWithPath: $0) } }

  func load<Value: Codable & Equatable & Sendable>(_ type: Value.Type) throws -> Value {
    try ConfigurationLoader.load(
      type, from: URL(fileURLWithPath: config), overrides: overrides)
  }
}

/// What the commands that work in a run folder have in common.
struct RunOptions: ParsableArguments {
  @OptionGroup var configuration: ConfigurationOptions

  @Option(name: .customLong("run"), help: "The run folder. Default: Checkpoints/<name>.")
  var runFolder: String?

  @Flag(help: "Continue the run in an existing folder.")
  var resume = false

  @Flag(help: "Replace the run in an existing folder.")
  var overwrite = false

  @Flag(help: "Print one JSON document on standard output.")
  var json = false

  func validate() throws {
    if resume && overwrite { throw ValidationError("--resume and --overwrite exclude each other") }
  }

  func folder(named name: String) -> RunFolder {
    RunFolder(URL(fileURLWithPath: runFolder ?? "Checkpoints/\(name)"))
  }

  /// Opens the run.
  ///
  /// - Parameters:
  ///   - continuing: For commands of one stage: an existing folder is continued without being asked
  ///     to, since the stages before left it.
  ///   - needsStages: Whether the command can do nothing in a new folder.
  ///   - source: A run whose finished stages a new folder begins with.
  ///   - observer: Where the run tells what it is doing.
  ///   - adjust: Changes the configuration as the command's own flags say.
  func open(
    continuing: Bool, needsStages: Bool = false, from source: RunFolder? = nil,
    observer: RunObserver = .console(),
    adjusting adjust: (inout RunConfiguration) throws -> Void = { _ in }
  ) throws -> Run {
    var run = try configuration.load(RunConfiguration.self)
    try adjust(&run)
    let folder = folder(named: run.name)
    let exists = FileManager.default.fileExists(atPath: folder.url.path)
    if needsStages && overwrite {
      throw ValidationError("--overwrite would remove the stages that this command needs")
    }
    if needsStages && !exists { throw RunError.notARunFolder(folder.url.path) }
    let opening: RunFolder.Opening =
      overwrite ? .overwrite : (resume || (continuing && exists)) ? .resume : .new
    return try Run(
      run, folder: folder, opening: opening, from: source, data: configuration.dataFolder,
      observer: observer)
  }
}

extension RunObserver {
  /// Lines and progress on standard error; metrics in the run folder, for TensorBoard too.
  static func console() -> RunObserver {
    let line = ProgressLine(output: .standardError, plainLineSeconds: 10)
    let meter = ProgressMeter()
    return RunObserver(
      logger: Logger(label: "mapo") { _ in ConsoleLog(progress: line) },
      progress: { line.show(meter.state(of: $0)) },
      sinks: { [TensorBoardSink($0)] })
  }
}

/// Log lines as plain text, each on a line of its own above the progress.
private struct ConsoleLog: LogHandler {
  let progress: ProgressLine
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level = .info

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    progress.finish()
    let prefix = event.level >= .warning ? "\(event.level): " : ""
    FileHandle.standardError.write(Data("\(prefix)\(event.message)\n".utf8))
  }
}

/// Runs `work` so that an interrupt (Ctrl-C) or a termination cancels it and lets it end in order; a
/// second one ends the program at once.
func withInterruption<Result: Sendable>(
  _ work: @escaping @Sendable () async throws -> Result
) async throws -> Result {
  let task = Task(operation: work)
  let sources = [SIGINT, SIGTERM].map { number in
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
    source.setEventHandler {
      if task.isCancelled { _exit(130) }
      task.cancel()
    }
    source.activate()
    return source
  }
  defer { sources.forEach { $0.cancel() } }
  return try await task.value
}

/// Prints a value as one JSON document.
func printJSON(_ value: some Encodable) throws {
  print(try ConfigurationLoader.resolvedJSON(value))
}
