import TargetModels

/// One source of the reward, and its weight in the sum.
///
/// In YAML the keys of ``Source`` lie beside `source` and `weight`; a key of another source is
/// refused as unknown.
public struct RewardSourceConfiguration: Equatable, Sendable {
  /// What the source's scores are multiplied by before they are added.
  public var weight: Float
  /// Where scores come from.
  public var source: Source

  /// Where scores come from.
  public enum Source: Equatable, Sendable {
    /// The reward model, calibrated: mean 0 and deviation 1 on samples of the SFT policy.
    case model
    /// The target's own gain over the original, on training examples. A quarter counts 1.
    case measured(examples: Int)
    /// A program that reads and writes lines of JSON; the first of `command` is found as a shell
    /// does. It may be silent for `timeoutSeconds` while scores are missing.
    case executable(command: [String], timeoutSeconds: Double)
    /// An endpoint that scores a batch at a time. One attempt may last `timeoutSeconds`; without an
    /// answer for `patienceSeconds` the run ends.
    case http(endpoint: ServerEndpoint, timeoutSeconds: Double, patienceSeconds: Double)
    /// What the program that opens the run passes to it under this name.
    case closure(name: String)
  }
}

extension RewardSourceConfiguration: Codable {
  private enum Key: String, CodingKey {
    case source, weight, examples, command, url, keyVariable, timeoutSeconds, patienceSeconds, name
  }

  /// Reads the keys of the source that is named, and no others.
  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: Key.self)
    weight = try keys.decode(Float.self, forKey: .weight)
    source =
      switch try keys.decode(RewardSourceKind.self, forKey: .source) {
      case .model: .model
      case .measured: .measured(examples: try keys.decode(Int.self, forKey: .examples))
      case .executable:
        .executable(
          command: try keys.decode([String].self, forKey: .command),
          timeoutSeconds: try keys.decode(Double.self, forKey: .timeoutSeconds))
      case .http:
        .http(
          endpoint: ServerEndpoint(
            url: try keys.decode(String.self, forKey: .url),
            keyVariable: try keys.decodeIfPresent(String.self, forKey: .keyVariable)),
          timeoutSeconds: try keys.decode(Double.self, forKey: .timeoutSeconds),
          patienceSeconds: try keys.decode(Double.self, forKey: .patienceSeconds))
      case .closure: .closure(name: try keys.decode(String.self, forKey: .name))
      }
  }

  /// Writes the same keys.
  public func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: Key.self)
    try keys.encode(kind, forKey: .source)
    try keys.encode(weight, forKey: .weight)
    switch source {
    case .model: break
    case .measured(let examples): try keys.encode(examples, forKey: .examples)
    case .executable(let command, let timeoutSeconds):
      try keys.encode(command, forKey: .command)
      try keys.encode(timeoutSeconds, forKey: .timeoutSeconds)
    case .http(let endpoint, let timeoutSeconds, let patienceSeconds):
      try keys.encode(endpoint.url, forKey: .url)
      try keys.encodeIfPresent(endpoint.keyVariable, forKey: .keyVariable)
      try keys.encode(timeoutSeconds, forKey: .timeoutSeconds)
      try keys.encode(patienceSeconds, forKey: .patienceSeconds)
    case .closure(let name): try keys.encode(name, forKey: .name)
    }
  }
}

/// The names of the sources.
enum RewardSourceKind: String, Codable, Sendable {
  case model, measured, executable, http, closure
}

extension RewardSourceConfiguration {
  var kind: RewardSourceKind {
    switch source {
    case .model: .model
    case .measured: .measured
    case .executable: .executable
    case .http: .http
    case .closure: .closure
    }
  }

  /// What tables call it.
  var title: String {
    if case .closure(let name) = source { name } else { kind.rawValue }
  }

  /// What errors and log lines call the source at a place of the list.
  func name(at index: Int) -> String { "reward source \(index) (\(title))" }

  /// Examples that it asks the target about, for each prompt that it scores.
  var measuredExamples: Int {
    if case .measured(let examples) = source { examples } else { 0 }
  }

  /// The configuration without what decides only whether and when scores come: the address, and how
  /// long is waited.
  var withoutMeans: RewardSourceConfiguration {
    var rest = self
    switch source {
    case .model, .measured, .closure: break
    case .executable(let command, _):
      rest.source = .executable(command: command, timeoutSeconds: 1)
    case .http:
      rest.source = .http(
        endpoint: ServerEndpoint(url: ""), timeoutSeconds: 1, patienceSeconds: 1)
    }
    return rest
  }

  /// What is wrong with the first value that is: its key, and a reason; nil where nothing is.
  var problem: String? {
    if !(-1000...1000).contains(weight) { return "weight is \(weight), outside -1000 to 1000" }
    switch source {
    case .model: return nil
    case .measured(let examples):
      return (1...1_000_000).contains(examples)
        ? nil : "examples is \(examples), outside 1 to 1000000"
    case .executable(let command, let timeoutSeconds):
      if command.first?.isEmpty ?? true { return "command names no program" }
      return secondsProblem("timeoutSeconds", timeoutSeconds)
    case .http(let endpoint, let timeoutSeconds, let patienceSeconds):
      return endpoint.problem ?? secondsProblem("timeoutSeconds", timeoutSeconds)
        ?? secondsProblem("patienceSeconds", patienceSeconds)
    case .closure(let name): return name.isEmpty ? "name is empty" : nil
    }
  }

  private func secondsProblem(_ key: String, _ value: Double) -> String? {
    value > 0 && value <= 86_400 ? nil : "\(key) is \(value), not above 0 and up to 86400"
  }
}

extension RLConfiguration {
  /// Examples that the target is asked about for each prompt that is scored.
  var measuredExamples: Int { reward.reduce(0) { $0 + $1.measuredExamples } }

  /// Whether the reward model alone scores. It knows content that no target knows.
  var isScoredByModelAlone: Bool { reward.allSatisfy { $0.kind == .model } }

  /// Checks the sources of the reward, and the control of length.
  ///
  /// - Throws: `ConfigurationError.invalid` with the key and what is wrong with it.
  func checkReward() throws(ConfigurationError) {
    if reward.isEmpty { throw .invalid(key: "rl.reward", reason: "is empty") }
    for (index, source) in reward.enumerated() {
      guard let problem = source.problem else { continue }
      let parts = problem.split(separator: " ", maxSplits: 1).map(String.init)
      throw .invalid(
        key: "rl.reward.\(index).\(parts[0])", reason: parts.dropFirst().joined())
    }
    let lengths = [
      ("rl.lengthCoefficient", lengthCoefficient), ("rl.lengthAllowance", lengthAllowance),
    ]
    for (key, value) in lengths where !(0...1000).contains(value) {
      throw .invalid(key: key, reason: "is \(value), outside 0 to 1000")
    }
  }
}
