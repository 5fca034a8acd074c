import Alignment
import Foundation
import LanguageModels
import NeuralNetworks
import Rewriting
import Tasks

/// Everything that decides what a run does. Property names are the keys of the YAML file.
///
/// There are no defaults in code: a user's file extends a shipped one and names its own few keys.
/// Paths are relative to the folder in which the command runs.
public struct RunConfiguration: Codable, Equatable, Sendable {
  /// Names the run folder.
  public var name: String
  /// Seed of everything that is drawn.
  public var seed: UInt64
  /// The interchangeable wordings that rules edit with.
  public var phrasebook: String
  /// What prompts are about.
  public var tasks: [TaskSource]
  /// The models that prompts are rewritten for.
  public var targets: [TargetSource]
  /// Longest answer of a target, in tokens.
  public var maximumAnswerTokens: Int
  /// How prompts are split.
  public var splits: SplitConfiguration
  /// What may be spent.
  public var budget: BudgetConfiguration
  /// How servers are asked.
  public var connection: ConnectionConfiguration
  /// Seconds between two saves of an unfinished training's state; 0 saves after every step. A run that
  /// is resumed may have others.
  public var checkpointSeconds: Double
  /// The warm-start dataset.
  public var dataset: DatasetConfiguration
  /// Shape of the rewriter. One that begins with a pretrained base has the shape of that; of these
  /// keys `maximumLength` and `recompute` then apply.
  public var rewriter: ModelConfiguration
  /// How prompts are varied in every training stage.
  public var augmentation: AugmentationConfiguration
  /// The general text that the base learns from, and that RL mixes in.
  public var corpus: CorpusConfiguration
  /// The language model that SFT begins with.
  public var base: BaseSource
  /// Adapters that SFT, reward model and RL train instead of all weights; without it, all weights.
  public var lora: LoRAConfig?
  /// Supervised fine-tuning.
  public var sft: SFTConfiguration
  /// The reward model.
  public var reward: RewardConfiguration
  /// PPO, RRMF and ptx.
  public var rl: RLConfiguration
  /// What every rewrite has to pass.
  public var guards: Guards
  /// The evaluation.
  public var evaluation: EvaluationConfiguration
  /// The improvement of single prompts; only `mapo optimize` reads it.
  public var optimize: OptimizeConfiguration?
  /// How far targets agree on prompts; only `mapo study` reads it.
  public var study: StudyConfiguration?
}

/// Where a task comes from: a folder of this project's format, or files of the field's formats.
public struct TaskSource: Codable, Equatable, Sendable {
  /// A folder with `task.yaml`, `examples.jsonl` and `prompts.jsonl`.
  public var folder: String?
  /// Files to read, below the folder that `--data` names.
  public var files: ImportedTask?
}

/// How prompts are split into train, dev and test.
public struct SplitConfiguration: Codable, Equatable, Sendable {
  /// Share of families to train on.
  public var train: Double
  /// Share of families to choose settings on.
  public var dev: Double
  /// Word-trigram similarity from which two prompts are near-duplicates.
  public var nearDuplicateThreshold: Double
}

/// Shape of a small decoder; its vocabulary comes from its tokenizer.
public struct ModelConfiguration: Codable, Equatable, Sendable {
  /// Entries of the tokenizer that is trained.
  public var vocabularySize: Int
  /// Width of the residual stream.
  public var width: Int
  /// Layers.
  public var layers: Int
  /// Query heads.
  public var heads: Int
  /// Key and value heads.
  public var keyValueHeads: Int
  /// Width of the feed-forward blocks.
  public var feedForward: Int
  /// Longest sequence in tokens.
  public var maximumLength: Int
  /// Whether training computes layers again instead of keeping their activations: less memory for
  /// long sequences, a quarter more time.
  public var recompute: Bool
}

/// Learning rate over a number of steps that the stage knows.
public struct RateConfiguration: Codable, Equatable, Sendable {
  /// Highest learning rate.
  public var peak: Float
  /// Steps of warm-up.
  public var warmupSteps: Int
  /// Fraction of the peak that is left at the end.
  public var finalFraction: Float

  /// The schedule over `steps` steps, linear.
  func schedule(steps: Int) -> LearningRateSchedule {
    LearningRateSchedule(
      shape: .linear, peak: peak, warmupSteps: min(warmupSteps, steps), totalSteps: steps,
      finalFraction: finalFraction)
  }
}

/// General text: training prompts, reworded by rules. No target has a say in it.
public struct CorpusConfiguration: Codable, Equatable, Sendable {
  /// Share of sequences that are prompts alone; the others are free rule pairs.
  public var plainTextShare: Double
  /// Share of sequences that do not say their task's kind.
  public var unsaidKindShare: Double
}

/// A base that is trained: a language model of prompts that already knows how to reword one.
public struct BaseConfiguration: Codable, Equatable, Sendable {
  /// Optimizer steps.
  public var steps: Int
  /// Sequences in a batch.
  public var batchSize: Int
  /// Sequences in one forward pass; gradients are added up over a batch.
  public var examplesPerPass: Int
  /// Learning rate.
  public var rate: RateConfiguration
  /// Optimizer.
  public var optimizer: AdamWConfig
}

/// Supervised fine-tuning on pairs.
public struct SFTConfiguration: Codable, Equatable, Sendable {
  /// Passes over the pairs.
  public var epochs: Int
  /// Pairs in a batch.
  public var batchSize: Int
  /// Pairs in one forward pass; gradients are added up over a batch.
  public var examplesPerPass: Int
  /// Learning rate.
  public var rate: RateConfiguration
  /// Optimizer.
  public var optimizer: AdamWConfig
  /// Dropout.
  public var dropout: Float
  /// Pairs whose gain on fresh examples is lower than this are learned as P → P.
  public var minimumFreshGain: Double
  /// Share of the rankings whose originals, in whole families, neither SFT nor the reward model learns
  /// from: SFT's best weights are chosen by them, the reward model is judged by them.
  public var heldOutShare: Double
  /// Steps between two measurements of the held-out loss.
  public var evaluateEvery: Int
}

/// The reward model.
public struct RewardConfiguration: Codable, Equatable, Sendable {
  /// Passes over the rankings.
  public var epochs: Int
  /// Rankings in a batch.
  public var batchSize: Int
  /// Learning rate.
  public var rate: RateConfiguration
  /// Optimizer.
  public var optimizer: AdamWConfig
  /// Dropout.
  public var dropout: Float
  /// Scores that differ by this or less are tied.
  public var minimumGap: Float
  /// Samples of the SFT policy that the reward is calibrated on.
  public var calibrationSamples: Int
}

/// Reinforcement learning.
public struct RLConfiguration: Codable, Equatable, Sendable {
  /// PPO, RRMF and ptx.
  public var ppo: PPOConfig
  /// Candidates of each ranking that RRMF sees: the top, the bottom and the middle.
  public var candidatesPerRanking: Int
  /// Score of a rewrite that breaks a guard, in calibrated reward units.
  public var invalidScore: Float
  /// What scores the other rewrites: a weighted sum.
  public var reward: [RewardSourceConfiguration]
  /// What a rewrite pays for each multiple of its original's length beyond `lengthAllowance`.
  public var lengthCoefficient: Float
  /// The multiple of its original's length, in tokens, that a rewrite may have for nothing.
  public var lengthAllowance: Float
  /// Whether rollouts rewrite varied copies of the prompts too, with invented words in them, where the
  /// reward model alone scores them. What a small rewriter miscopies then outweighs what it chooses.
  public var variedRollouts: Bool
  /// Updates between two tables of sample rewrites; 0 for none.
  public var samplesEvery: Int
}

/// The evaluation.
public struct EvaluationConfiguration: Codable, Equatable, Sendable {
  /// What may be evaluated on: never what is trained on.
  public enum HeldOutSplit: String, Codable, Sendable {
    /// To choose settings on.
    case dev
    /// To be read once, by the configuration that is reported.
    case test

    /// The same in the words of the tasks.
    var split: Split { self == .dev ? .dev : .test }
  }

  /// The split that prompts and examples are from.
  public var split: HeldOutSplit
  /// Examples of the split for each prompt, at most.
  public var examples: Int
  /// Resamples of the bootstrap.
  public var resamples: Int
  /// Whether a second rewriter with another seed is trained for each target.
  public var control: Bool
  /// Points above the trivial baseline from which a task counts for a target.
  public var minimumAboveTrivial: Double
}
