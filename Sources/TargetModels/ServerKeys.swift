/// Settings that no server can be asked with.
public enum ServerSettingsError: Error, Equatable, Sendable {
  /// A setting is wrong; the text begins with its key.
  case invalid(problem: String)
  /// The environment variable that should hold a key is not set, or is empty.
  case missingKey(variable: String)
  /// The environment variable holds something that cannot be sent as a key.
  case unusableKey(variable: String)
}

extension ServerSettingsError: CustomStringConvertible {
  /// One sentence, without any key.
  public var description: String {
    switch self {
    case .invalid(let problem): problem
    case .missingKey(let variable):
      "the environment variable \(variable), which should hold the server's key, is not set"
    case .unusableKey(let variable):
      "the environment variable \(variable) holds more than the visible characters of a key"
    }
  }
}

extension ServerSettings {
  /// The key of each endpoint; nil for those that need none.
  ///
  /// - Throws: `missingKey` or `unusableKey` with the variable's name.
  func keys(in environment: [String: String]) throws(ServerSettingsError) -> [String?] {
    var keys: [String?] = []
    for endpoint in endpoints { keys.append(try endpoint.key(in: environment)) }
    return keys
  }
}

extension ServerEndpoint {
  /// The key; nil where none is needed.
  ///
  /// - Throws: `missingKey` or `unusableKey` with the variable's name.
  func key(in environment: [String: String]) throws(ServerSettingsError) -> String? {
    guard let keyVariable else { return nil }
    guard let key = environment[keyVariable], !key.isEmpty else {
      throw .missingKey(variable: keyVariable)
    }
    guard key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw .unusableKey(variable: keyVariable)
    }
    return key
  }
}
