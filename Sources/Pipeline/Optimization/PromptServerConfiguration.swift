import TargetModels

/// A language model behind a server that writes prompts for a search.
public struct PromptServerConfiguration: Codable, Equatable, Sendable {
  /// Where it runs.
  public var server: ServerSettings
  /// What it costs.
  public var price: Price?
  /// Temperature of its draws: high enough that equal requests get different answers.
  public var temperature: Float
  /// Longest answer in tokens: a whole prompt must fit.
  public var maximumTokens: Int

  /// All parts.
  package init(server: ServerSettings, price: Price?, temperature: Float, maximumTokens: Int) {
    (self.server, self.price) = (server, price)
    (self.temperature, self.maximumTokens) = (temperature, maximumTokens)
  }
}
