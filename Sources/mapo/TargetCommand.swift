import ArgumentParser
import Foundation
import Pipeline
import Reports

/// `mapo target`: embedded target models.
struct TargetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "target", abstract: "Train, list or ask target models.",
    subcommands: [Train.self, List.self, Ask.self])

  struct Train: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Train embedded targets, each on its own diet of prompts, and compare them.")

    @OptionGroup var options: ConfigurationOptions

    @Option(help: "Folder for what is only needed meanwhile. Default: Checkpoints/<name>.")
    var work: String?

    @Flag(help: "Use what an earlier training finished.")
    var resume = false

    @Flag(help: "Print one JSON document on standard output.")
    var json = false

    func run() async throws {
      let configuration = try options.load(TargetConfiguration.self)
      let training = try TargetTraining(
        configuration, work: URL(fileURLWithPath: work ?? "Checkpoints/\(configuration.name)"),
        data: options.dataFolder, resume: resume, observer: .console())
      let comparison = try await withInterruption { try await training.run() }
      if json { try printJSON(comparison) } else { print(TargetTables.text(of: comparison)) }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The targets of a run's configuration.")

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Print one JSON document on standard output.")
    var json = false

    func run() throws {
      let run = try options.load(RunConfiguration.self)
      let rows = zip(run.targets, try run.targetFingerprints()).map { target, fingerprint in
        [
          "name": target.name, "fingerprint": fingerprint,
          "place": target.folder ?? target.server?.endpoints.map(\.url).joined(separator: " ")
            ?? "",
        ]
      }
      if json { return try printJSON(rows) }
      let keys = ["name", "fingerprint", "place"]
      var table = TextTable(columns: keys.map { .init($0, .left) })
      for row in rows { table.add(keys.map { row[$0] ?? "" }) }
      print(table.plainText())
    }
  }

  struct Ask: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Ask a target one prompt.")

    @OptionGroup var options: ConfigurationOptions

    @Option(help: "Name of the target.")
    var target: String

    @Argument(help: "The prompt, with everything filled in.")
    var prompt: String

    func run() async throws {
      let run = try options.load(RunConfiguration.self)
      print(try await run.ask(target, prompt))
    }
  }
}
