import ArgumentParser
import Benchmarks
import Foundation
import Pipeline
import Reports

/// `mapo doctor`: whether this machine is ready, or what a run trains on.
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Show what this machine offers; with a configuration, what its run trains on.",
    discussion: """
      With a configuration: samples of each stage token by token, with their masks; checks of all
      samples, of the tokenizer, and for leaks between splits. Nothing is trained, asked or written.
      Exit code 1 where something is wrong.
      """)

  @Argument(help: "The configuration of a run, a YAML file. Without one: this machine.")
  var config: String?

  @Option(name: .customLong("set"), help: "Replace one value: key.path=value. May be repeated.")
  var overrides: [String] = []

  @Option(help: "Folder of the files that the configuration's tasks read.")
  var data: String?

  @Option(name: .customLong("run"), help: "The run folder. Default: Checkpoints/<name>.")
  var runFolder: String?

  @Flag(help: "Print one JSON document on standard output.")
  var json = false

  func run() async throws {
    guard let config else { return try showMachine() }
    let settings = try ConfigurationLoader.load(
      RunConfiguration.self, from: URL(fileURLWithPath: config), overrides: overrides)
    let folder = RunFolder(URL(fileURLWithPath: runFolder ?? "Checkpoints/\(settings.name)"))
    let report = try await settings.examine(folder, data: data.map { URL(fileURLWithPath: $0) })
    if json { try printJSON(report) } else { print(DoctorTables.text(of: report)) }
    if let problem = report.problems.first { throw problem }
  }

  private func showMachine() throws {
    let machine = try MachineReport()
    if json { return try printJSON(machine) }
    print(
      facts([
        ("CPU", machine.cpu), ("instructions", machine.features.joined(separator: " ")),
        ("Swift code for", machine.vectors),
        ("cores", "\(machine.cores), of which \(machine.threads) are used"),
        ("memory", bytes(Int(machine.memoryBytes))),
        ("free disk", machine.freeDiskBytes.map(bytes) ?? "unknown"),
        ("matrix product", machine.product),
        ("matrix library", machine.library ?? "none"),
        ("its kernels", (machine.coreName.map { "\($0): " } ?? "") + machine.reason),
      ]))
  }
}

/// What a run trains on as text for a terminal.
enum DoctorTables {
  /// Samples first, the verdict last: it is what stands above the next prompt of the shell.
  static func text(of report: DoctorReport) -> String {
    var parts = report.samples.flatMap { set in set.samples.map { sample($0, of: set) } }
    parts.append("Tasks\n\n" + tasks(report.tasks))
    if let vocabulary = report.vocabulary { parts.append(sentence(vocabulary)) }
    parts.append("Samples\n\n" + sets(report.samples))
    if !report.unmade.isEmpty { parts.append(unmade(report.unmade)) }
    parts.append(verdict(report))
    return parts.joined(separator: "\n")
  }

  // MARK: One sample

  /// Beyond this many tokens, only the surroundings of what can be wrong are shown.
  private static let wholeLength = 20
  /// How many tokens are shown on each side of the ends and of the response's begin.
  private static let surroundings = 4

  private static func sample(
    _ sample: DoctorReport.Sample, of set: DoctorReport.SampleSet
  ) -> String {
    var table = TextTable(columns: [
      .init("position", .right), .init("id", .right), .init("token", .left),
      .init("role", .left), .init("mask", .right), .init("label", .right), .init("", .left),
    ])
    var last = -1
    for index in shownIndices(sample.tokens) {
      if index > last + 1 {
        let gap = index - last - 1
        table.add(["…", "", "\(gap) more", "", "", "", ""])
      }
      last = index
      let token = sample.tokens[index]
      table.add([
        "\(token.position)", "\(token.id)", token.text, token.isResponse ? "response" : "prompt",
        token.mask ? "1" : "0", label(after: index, in: sample.tokens),
        token.isEnd ? "end token" : "",
      ])
    }
    return "\(name(of: set)), \(set.kind) \(sample.id) of \(set.count): \(sample.note)\n\n"
      + facts([("reads", sample.reads), ("writes", sample.writes.isEmpty ? "—" : sample.writes)])
      + "\n\n" + table.plainText()
  }

  /// What the model has to predict where it has read this token: the next one, where that is learned.
  private static func label(after index: Int, in tokens: [DoctorReport.Token]) -> String {
    let next = index + 1
    return next < tokens.count && tokens[next].mask ? "\(tokens[next].id)" : "—"
  }

  private static func shownIndices(_ tokens: [DoctorReport.Token]) -> [Int] {
    guard tokens.count > wholeLength else { return Array(tokens.indices) }
    let begin = tokens.firstIndex(where: \.isResponse) ?? tokens.count
    return tokens.indices.filter { index in
      [0, begin, tokens.count].contains { abs(2 * ($0 - index) - 1) < 2 * surroundings }
    }
  }

  // MARK: Everything

  private static func tasks(_ tasks: [DoctorReport.Task]) -> String {
    var table = TextTable(columns: [
      .init("task", .left), .init("training prompts", .right), .init("dev", .right),
      .init("test", .right), .init("training examples", .right), .init("dev", .right),
      .init("test", .right),
    ])
    for task in tasks {
      table.add(
        [task.name]
          + [task.prompts, task.examples].flatMap { [$0.train, $0.dev, $0.test] }
          .map { "\($0)" })
    }
    return table.plainText()
  }

  private static func sentence(_ vocabulary: DoctorReport.Vocabulary) -> String {
    let ids = [
      ("padding", vocabulary.padding), ("end", vocabulary.end), ("answer", vocabulary.answer),
    ].compactMap { name, id in id.map { ", \(name) \($0)" } }
    return "Tokenizer: \(vocabulary.size) tokens\(ids.joined()); "
      + "\(vocabulary.roundTrips) training prompts come back as they were"
      + (vocabulary.isOfRun ? "" : "; trained just now, as the base stage will") + "\n"
  }

  private static func sets(_ sets: [DoctorReport.SampleSet]) -> String {
    var table = TextTable(columns: [
      .init("stage", .left), .init("samples", .left), .init("count", .right),
      .init("tokens", .right), .init("longest", .right), .init("mask 1", .right),
      .init("tied", .right), .init("wrong", .right),
    ])
    for set in sets {
      let share = 100 * Double(set.learned) / Double(max(1, set.tokens))
      table.add([
        name(of: set), set.kind + "s", "\(set.count)", "\(set.tokens)", "\(set.longest)",
        String(format: "%.1f %%", share), set.tied.map { "\($0)" } ?? "", "\(set.wrong)",
      ])
    }
    return table.plainText()
  }

  private static func name(of set: DoctorReport.SampleSet) -> String {
    set.stage + (set.rewriter.map { " \($0)" } ?? "")
  }

  private static func unmade(_ unmade: [DoctorReport.Unmade]) -> String {
    let reasons = unmade.map(\.reason).reduce(into: [String]()) { list, reason in
      if list.last != reason { list.append(reason) }
    }
    let lines = reasons.map { reason in
      let stages = unmade.filter { $0.reason == reason }.map { "\($0.stage) \($0.rewriter)" }
      return "- \(stages.joined(separator: ", ")): \(reason)\n"
    }
    return "Not there yet\n\n" + lines.joined()
  }

  private static func verdict(_ report: DoctorReport) -> String {
    guard report.problems.isEmpty else {
      return "Wrong:\n" + report.problems.map { "- \($0)" }.joined(separator: "\n")
    }
    let samples = report.samples.reduce(0) { $0 + $1.count }
    return "All good: \(samples) samples end, mask and fit as they should; "
      + "\(report.tasks.count) tasks have nothing in two splits."
  }
}
