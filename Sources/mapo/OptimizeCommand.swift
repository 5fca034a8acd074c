import ArgumentParser
import Foundation
import Pipeline
import Reports

/// `mapo optimize`: Dual-Phase and its baselines.
struct OptimizeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "optimize",
    abstract: "Improve prompts sentence by sentence for one target: Dual-Phase and its baselines.",
    discussion: """
      docs/optimize.md says what happens and how to read it. Every answer goes into the run folder's \
      store: nothing is asked twice, and an interrupted search goes on where it ended. A folder that \
      is not there is made; `mapo run` then needs --resume, or another --run.
      """)

  @OptionGroup var options: RunOptions

  @Option(help: "Name of the target. Default: all of them.")
  var target: String?

  @Option(help: "Name of the task. Default: all of them.")
  var task: String?

  @Option(help: "File of the prompt to improve. Default: a prompt of the task's pool.")
  var prompt: String?

  @Flag(
    help: """
      Run every method, whatever the configuration says: each baseline makes up to budgetFactor times \
      the target calls of Dual-Phase. opro is left out where the generator follows no instructions.
      """)
  var compare = false

  @Flag(
    help: """
      Only tell what it will cost at most; nothing is sent. What is stored already is not taken off.
      """)
  var plan = false

  /// Longest prompt that is read.
  private static let maximumPromptBytes = 1 << 20

  func run() async throws {
    if plan { return try await showPlan() }
    let observer = RunObserver.console()
    let run = try options.open(continuing: true, observer: observer) { settings in
      try putPrompt(into: &settings)
      // What is wrong is known before a run folder is made.
      try settings.checkOptimization(
        options.folder(named: settings.name), data: options.configuration.dataFolder,
        target: target, task: task, methods: methods)
    }
    let lines = StepLines(
      try run.configuration.optimizeSettings(methods: methods),
      inColor: Self.colors(STDERR_FILENO))
    let report = try await withInterruption {
      try await run.optimize(target: target, task: task, methods: methods) { event in
        if let text = lines.text(of: event) { observer.logger.info("\(text)") }
      }
    }
    if options.json { return try printJSON(report) }
    print(OptimizeTables.text(of: report, in: run.folder, inColor: Self.colors(STDOUT_FILENO)))
  }

  private func showPlan() async throws {
    var settings = try options.configuration.load(RunConfiguration.self)
    try putPrompt(into: &settings)
    let plan = try await settings.planOptimization(
      options.folder(named: settings.name), data: options.configuration.dataFolder, target: target,
      task: task, methods: methods)
    if options.json { return try printJSON(plan) }
    print(PlanTables.stages(plan))
    print(PlanTables.notes(plan))
  }

  private var methods: [OptimizationMethod]? { compare ? OptimizationMethod.allCases : nil }

  private static func colors(_ descriptor: Int32) -> Bool {
    TerminalText.wantsColor(
      isTerminal: isatty(descriptor) == 1, ProcessInfo.processInfo.environment)
  }

  /// Puts the prompt of `--prompt` into the configuration.
  private func putPrompt(into settings: inout RunConfiguration) throws {
    if let prompt { settings.optimize?.prompt = try Self.text(ofPrompt: prompt) }
  }

  /// The file's text without line breaks at its end.
  private static func text(ofPrompt path: String) throws -> String {
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw RunError.missingFile(path, key: "--prompt")
    }
    let bytes = try file.read(upToCount: maximumPromptBytes + 1) ?? Data()
    guard bytes.count <= maximumPromptBytes else {
      throw ValidationError("--prompt: \(path) has more than \(maximumPromptBytes) bytes")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ValidationError("--prompt: \(path) is not UTF-8")
    }
    let prompt = text.reversed().drop { $0.isNewline }.reversed()
    guard prompt.contains(where: { !$0.isWhitespace }) else {
      throw ValidationError("--prompt: \(path) has no text")
    }
    return String(prompt)
  }
}
