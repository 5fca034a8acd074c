import FeedbackStore
import PromptSearch
import TargetModels

/// The warm-start dataset.
public struct DatasetConfiguration: Codable, Equatable, Sendable {
  /// Candidates for each original.
  public var candidates: Int
  /// The race among them.
  public var search: SearchConfig
  /// Fresh examples on which the chosen prompt's gain is measured.
  public var freshExamples: Int
  /// Scored candidates of each original that become originals themselves.
  public var derivedOriginals: Int
  /// Whether a classification prompt's answer is the likeliest of its label words, where the target
  /// can tell, instead of what it writes.
  public var labelLikelihood: Bool
  /// How rules edit.
  public var rules: RuleBasedGeneratorConfig
  /// A language model that writes candidates too; without it rules make all of them.
  public var writer: WriterConfiguration?
}

/// A language model behind a server that writes candidates.
public struct WriterConfiguration: Codable, Equatable, Sendable {
  /// Share of the candidates that it writes; rules make the others.
  public var share: Double
  /// Where it runs.
  public var server: ServerSettings
  /// What it costs.
  public var price: Price?
  /// Temperature of its draws: high, since the candidates have to differ.
  public var temperature: Float
  /// Longest answer in tokens.
  public var maximumTokens: Int
  /// How it is asked.
  public var requests: LanguageModelGeneratorConfig

  /// The model alone.
  var model: PromptServerConfiguration {
    PromptServerConfiguration(
      server: server, price: price, temperature: temperature, maximumTokens: maximumTokens)
  }
}

/// What tokens cost, in the unit of the budget.
public struct Price: Codable, Equatable, Sendable {
  /// For a million tokens that are read.
  public var inputPerMillion: Double
  /// For a million tokens that are written.
  public var outputPerMillion: Double

  /// What one call costs.
  func cost(promptTokens: Int, outputTokens: Int) -> Double {
    (Double(promptTokens) * inputPerMillion + Double(outputTokens) * outputPerMillion) / 1_000_000
  }
}

/// Hard limits of a run, and of each day (UTC) of it; what is not set is not limited. They decide
/// how far a run comes, not what it finds, so a run that is resumed may have others.
public struct BudgetConfiguration: Codable, Equatable, Sendable {
  /// Calls of targets and generators, repeated attempts counted.
  public var callsPerRun, callsPerDay: Int?
  /// Tokens read and written.
  public var tokensPerRun, tokensPerDay: Int?
  /// Money, in the unit of the prices.
  public var moneyPerRun, moneyPerDay: Double?

  /// The same limits in the store's words.
  var limits: Budget {
    let limits: [Budget.Limit: Double?] = [
      .callsPerRun: callsPerRun.map(Double.init), .callsPerDay: callsPerDay.map(Double.init),
      .tokensPerRun: tokensPerRun.map(Double.init), .tokensPerDay: tokensPerDay.map(Double.init),
      .costPerRun: moneyPerRun, .costPerDay: moneyPerDay,
    ]
    return Budget(limits: limits.compactMapValues(\.self))
  }
}

/// How servers are asked; like the budget it may be another one when a run is resumed.
public struct ConnectionConfiguration: Codable, Equatable, Sendable {
  /// Requests, deadlines, repetitions and rates.
  public var requests: ConnectionSettings
  /// Original prompts that are searched at the same time, so that no request waits for the slowest
  /// of a race.
  public var searchesAtOnce: Int
  /// What a call is taken to last before any was made; `mapo plan` says the time with it.
  public var assumedSecondsPerCall: Double
}
