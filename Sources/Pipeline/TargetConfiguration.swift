import Foundation
import NeuralNetworks
import Tasks

/// How embedded target models are made: skills first, in a neutral format, then for each target a
/// short diet of prompts of its own. Property names are the keys of the YAML file.
public struct TargetConfiguration: Codable, Equatable, Sendable {
  /// Names the work folder.
  public var name: String
  /// Seed of everything that is drawn.
  public var seed: UInt64
  /// The wordings that diets are made of.
  public var phrasebook: String
  /// Tasks to learn: files of the field's formats; absent for the built-in tasks.
  public var files: ImportedTask?
  /// Where the targets go, one folder each.
  public var output: String
  /// How numbers are stored: F32, F16 or BF16.
  public var storage: String
  /// Shape of the models.
  public var model: ModelConfiguration
  /// Optimizer of both phases.
  public var optimizer: AdamWConfig
  /// Training on skills, once for all targets.
  public var skills: PhaseConfiguration
  /// Training on a diet, for each target.
  public var diet: PhaseConfiguration
  /// Zipf exponent of wordings within a diet.
  public var exponent: Double
  /// Share of each role's values that a diet has.
  public var share: Double
  /// How often each task is drawn, relative to 1; tasks not named count 1.
  public var taskWeights: [String: Double]?
  /// The targets.
  public var targets: [DietSource]
  /// Score on wordings of its own diet that each target must reach on every task.
  public var minimumScore: Double
  /// Longest answer in tokens.
  public var maximumAnswerTokens: Int
  /// Examples for each prompt when prompts are compared afterwards.
  public var studyExamples: Int

  /// One phase of training.
  public struct PhaseConfiguration: Codable, Equatable, Sendable {
    /// Optimizer steps.
    public var steps: Int
    /// Sequences in a batch.
    public var batchSize: Int
    /// Learning rate.
    public var rate: RateConfiguration
    /// Dropout.
    public var dropout: Float
  }

  /// One target's diet.
  public struct DietSource: Codable, Equatable, Sendable {
    /// Name of the target and its folder.
    public var name: String
    /// Seed of the order of wordings.
    public var dietSeed: UInt64
    /// Whether the order is reversed: two diets of one seed are then forced apart.
    public var reversed: Bool
  }
}
