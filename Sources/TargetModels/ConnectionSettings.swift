import NeuralNetworks

/// How a server is treated: how much at once, how patiently. Changes no answer.
public struct ConnectionSettings: Codable, Equatable, Sendable {
  /// Most requests under way at once, over all endpoints.
  public var requestsInFlight: Int
  /// Most time for one attempt, from sending to the last byte of its answer.
  public var timeoutSeconds: Double
  /// Most attempts for one request, the first included.
  public var maximumAttempts: Int
  /// The wait after the first failed attempt is drawn between 0 and this; it doubles with each
  /// further one.
  public var firstBackoffSeconds: Double
  /// The bound of that doubling.
  public var maximumBackoffSeconds: Double
  /// Most attempts in any minute; no limit where not given.
  public var requestsPerMinute: Int?
  /// Most tokens in any minute, counted as the prompt's estimate and the longest answer allowed; no
  /// limit where not given.
  public var tokensPerMinute: Int?

  /// All parts.
  public init(
    requestsInFlight: Int, timeoutSeconds: Double, maximumAttempts: Int,
    firstBackoffSeconds: Double, maximumBackoffSeconds: Double, requestsPerMinute: Int? = nil,
    tokensPerMinute: Int? = nil
  ) {
    self.requestsInFlight = requestsInFlight
    self.timeoutSeconds = timeoutSeconds
    self.maximumAttempts = maximumAttempts
    self.firstBackoffSeconds = firstBackoffSeconds
    self.maximumBackoffSeconds = maximumBackoffSeconds
    self.requestsPerMinute = requestsPerMinute
    self.tokensPerMinute = tokensPerMinute
  }

  /// What is wrong with the first setting that is: its key, and a reason; nil where nothing is.
  public var problem: String? {
    settingProblem("requestsInFlight", requestsInFlight, in: 1...10_000)
      ?? secondsProblem("timeoutSeconds", timeoutSeconds)
      ?? settingProblem("maximumAttempts", maximumAttempts, in: 1...1000)
      ?? secondsProblem("firstBackoffSeconds", firstBackoffSeconds)
      ?? secondsProblem("maximumBackoffSeconds", maximumBackoffSeconds)
      ?? requestsPerMinute.flatMap {
        settingProblem("requestsPerMinute", $0, in: 1...1_000_000_000)
      }
      ?? tokensPerMinute.flatMap {
        settingProblem("tokensPerMinute", $0, in: 1...1_000_000_000_000)
      }
  }

  private func secondsProblem(_ key: String, _ value: Double) -> String? {
    value > 0 && value <= 86_400 ? nil : "\(key) is \(value), not above 0 and up to 86400"
  }
}
