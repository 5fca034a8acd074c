import ArgumentParser
import Pipeline

/// `mapo train`: one training stage alone.
struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Run one training stage of a run.",
    subcommands: [Base.self, SFT.self, Reward.self, RL.self])

  struct Base: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The tokenizer and the base rewriter language model.")
    @OptionGroup var options: RunOptions
    func run() async throws { try await options.runStage(.base) }
  }

  struct SFT: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "sft", abstract: "Supervised fine-tuning on the pairs of each target.")
    @OptionGroup var options: RunOptions
    func run() async throws { try await options.runStage(.sft) }
  }

  struct Reward: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The reward models, on the rankings of each target.")
    @OptionGroup var options: RunOptions
    func run() async throws { try await options.runStage(.reward) }
  }

  struct RL: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "rl", abstract: "PPO and RRMF jointly.")
    @OptionGroup var options: RunOptions
    func run() async throws { try await options.runStage(.rl) }
  }
}

extension RunOptions {
  /// Runs one stage in the run's folder, which the stages before it may have made.
  func runStage(_ stage: Stage) async throws {
    let run = try open(continuing: true, needsStages: [.sft, .reward, .rl].contains(stage))
    try await withInterruption { try await run.runStage(stage) }
    if json { try printJSON(["stage": stage.rawValue, "run": run.folder.url.relativePath]) }
  }
}
