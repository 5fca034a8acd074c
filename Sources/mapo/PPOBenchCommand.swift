import ArgumentParser
import Benchmarks

extension BenchCommand {
  /// `mapo bench ppo`: updates of PPO on this machine.
  struct PPO: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ppo",
      abstract: "Updates of PPO: rollouts, scores, advantages and epochs, with four models.")

    @OptionGroup var options: Options
    @OptionGroup var model: ModelOptions

    @Option(help: "Tokens of each prompt.")
    var prompt: Int

    @Option(help: "Tokens of each response.")
    var response: Int

    @Option(help: "Passes over each batch of rollouts.")
    var epochs: Int

    @Option(help: "Updates that are measured, after one that only warms up.")
    var updates = 5

    func validate() throws {
      try check("--prompt", prompt, 1...1_000_000)
      try check("--response", response, 1...1_000_000)
      try check("--epochs", epochs, 1...1000)
      try check("--updates", updates, 1...100_000)
    }

    func run() throws {
      options.apply()
      let report = try PPOBenchmark(
        shape: model.shape, batch: model.batch, prompt: prompt, response: response, epochs: epochs,
        updates: updates, seed: model.seed
      ).run()
      if options.json { return try printJSON(report) }
      print(
        facts([
          ("an update", milliseconds(report.secondsPerUpdate)),
          ("rollout", milliseconds(report.phases.rollout)),
          ("score", milliseconds(report.phases.score)),
          ("advantages", milliseconds(report.phases.advantages)),
          ("epochs", "\(milliseconds(report.phases.update)), \(report.steps) steps"),
          ("parameters", "\(report.parameters) in each of four models"),
          ("peak memory", report.peakMemoryBytes.map(bytes) ?? "unknown"),
          ("new buffers", "\(decimal(report.allocationsPerUpdate)) an update"),
          ("computed by", "\(report.product), \(report.threads) threads"),
        ]))
    }

    private func milliseconds(_ seconds: Double) -> String { "\(decimal(1000 * seconds)) ms" }
  }
}
