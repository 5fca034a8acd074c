import Foundation

/// What a model behind an OpenAI-compatible server is, and where.
public struct ServerSettings: Codable, Equatable, Sendable {
  /// The name that the server knows the model by.
  public var model: String
  /// How it is asked.
  public var api: ServerAPI
  /// Where it is served. All serve the same model; calls go to the one with the fewest under way.
  public var endpoints: [ServerEndpoint]
  /// Changed by hand where the server's model changed under the same name. Part of the fingerprint.
  public var revision: String?
  /// Sent ahead of each prompt: as a message of its own, or as text before a blank line.
  public var system: String?
  /// The field that bounds the answer's length; `max_tokens` where not given. Some servers want
  /// `max_completion_tokens`.
  public var tokenLimitField: TokenLimitField?
  /// Whether the log-probabilities of the written tokens are asked for; not where not given.
  public var logProbs: Bool?

  /// All parts.
  public init(
    model: String, api: ServerAPI, endpoints: [ServerEndpoint], revision: String? = nil,
    system: String? = nil, tokenLimitField: TokenLimitField? = nil, logProbs: Bool? = nil
  ) {
    self.model = model
    self.api = api
    self.endpoints = endpoints
    self.revision = revision
    self.system = system
    self.tokenLimitField = tokenLimitField
    self.logProbs = logProbs
  }

  /// What is wrong with the first setting that is: its key, and a reason; nil where nothing is.
  public var problem: String? {
    if model.isEmpty { return "model is empty" }
    if endpoints.isEmpty { return "endpoints is empty" }
    for (index, endpoint) in endpoints.enumerated() {
      if let problem = endpoint.problem { return "endpoints.\(index).\(problem)" }
    }
    return nil
  }
}

/// The two ways of asking that OpenAI-compatible servers have.
public enum ServerAPI: String, Codable, Sendable {
  /// Messages of a conversation; the server applies the model's chat template.
  case chat
  /// Plain text that is continued.
  case completions
}

/// The names of the field that bounds the answer's length.
public enum TokenLimitField: String, Codable, Sendable {
  /// Understood by most servers.
  case maxTokens = "max_tokens"
  /// What newer models of cloud APIs want.
  case maxCompletionTokens = "max_completion_tokens"
}

/// One address of a server.
public struct ServerEndpoint: Codable, Equatable, Sendable {
  /// The address that `/chat/completions` is appended to, such as `http://127.0.0.1:8000/v1`.
  public var url: String
  /// The environment variable that holds the key; no key is sent where not given.
  public var keyVariable: String?

  /// All parts.
  public init(url: String, keyVariable: String? = nil) {
    self.url = url
    self.keyVariable = keyVariable
  }

  /// As of the settings; does not repeat the address, in which there may be a secret.
  package var problem: String? {
    guard let parts = URLComponents(string: url), ["http", "https"].contains(parts.scheme),
      parts.host?.isEmpty == false
    else { return "url is not an address that begins with http:// or https:// and a host" }
    if parts.user != nil || parts.password != nil || parts.query != nil || parts.fragment != nil {
      return "url has more than a host and a path; a key belongs in the variable of keyVariable"
    }
    return keyVariable?.isEmpty == true ? "keyVariable is empty" : nil
  }
}
