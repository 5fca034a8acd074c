import ArgumentParser
import Foundation
import Pipeline
import Reports

/// `mapo plan`: what a run will cost.
struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "What a run will cost: calls, tokens, time, money.",
    discussion: """
      Nothing is sent to a server. Calls are upper bounds, without repeated attempts; what the run
      folder's store already holds is taken off.
      """)

  @OptionGroup var configuration: ConfigurationOptions

  @Option(name: .customLong("run"), help: "The run folder. Default: Checkpoints/<name>.")
  var runFolder: String?

  @Flag(help: "Print one JSON document on standard output.")
  var json = false

  func run() async throws {
    let settings = try configuration.load(RunConfiguration.self)
    let folder = RunFolder(URL(fileURLWithPath: runFolder ?? "Checkpoints/\(settings.name)"))
    let plan = try await settings.plan(folder, data: configuration.dataFolder)
    if json { return try printJSON(plan) }
    let gain = String(format: "%.1f", plan.detectableGain * 100)
    print(PlanTables.stages(plan))
    print("The evaluation shows a mean gain of \(gain) points or more (80 % power, 5 % level).")
    print(PlanTables.notes(plan))
  }
}

/// A plan as text for a terminal.
enum PlanTables {
  /// What each stage asks of each target, and the sums.
  static func stages(_ plan: Plan) -> String {
    var table = TextTable(columns: [
      .init("stage", .left), .init("target", .left), .init("calls", .right),
      .init("stored", .right), .init("writer", .right), .init("tokens", .right),
      .init("time", .right), .init("money", .right),
    ])
    for stage in plan.stages {
      table.add(
        [stage.stage, stage.target]
          + cells(
            stage.calls, stage.cachedCalls, stage.generatorCalls, stage.tokens, stage.seconds,
            stage.money))
    }
    table.add(
      ["all", ""]
        + cells(
          plan.calls, plan.cachedCalls, plan.generatorCalls, plan.tokens, plan.seconds, plan.money))
    return table.plainText()
  }

  /// What should be changed before, and where the numbers come from; one a line.
  static func notes(_ plan: Plan) -> String {
    (plan.warnings.map { "Warning: \($0)." } + plan.assumptions.map { "As assumed: \($0)." })
      .joined(separator: "\n")
  }

  private static func cells(
    _ calls: Int, _ cached: Int, _ generator: Int, _ tokens: Int, _ seconds: Double, _ money: Double
  ) -> [String] {
    [
      "\(calls)", "\(cached)", "\(generator)", "\(tokens)", duration(seconds: seconds),
      String(format: "%.2f", money),
    ]
  }
}
