import Foundation
import LocalServer
import TargetModels
import Testing

@Suite struct ServerSettingsTests {
  private let good = ServerSettings(
    model: "m", api: .chat, endpoints: [ServerEndpoint(url: "http://127.0.0.1:8000/v1")])

  @Test func settingsAreCodable() throws {
    let text = """
      {"model":"m","api":"completions","endpoints":[{"url":"https://x/v1","keyVariable":"KEY"}],
       "revision":"2","tokenLimitField":"max_completion_tokens","logProbs":true}
      """
    let settings = try JSONDecoder().decode(ServerSettings.self, from: Data(text.utf8))
    #expect(
      settings
        == ServerSettings(
          model: "m", api: .completions,
          endpoints: [ServerEndpoint(url: "https://x/v1", keyVariable: "KEY")], revision: "2",
          tokenLimitField: .maxCompletionTokens, logProbs: true))
    let again = try JSONDecoder().decode(
      ServerSettings.self, from: try JSONEncoder().encode(settings))
    #expect(again == settings && settings.problem == nil)
  }

  @Test func problemsNameTheirKey() {
    func problem(_ change: (inout ServerSettings) -> Void) -> String? {
      var settings = good
      change(&settings)
      return settings.problem
    }
    let address =
      "endpoints.0.url is not an address that begins with http:// or https:// and a host"
    let more =
      "endpoints.0.url has more than a host and a path; a key belongs in the variable of keyVariable"
    #expect(problem { _ in } == nil)
    #expect(problem { $0.model = "" } == "model is empty")
    #expect(problem { $0.endpoints = [] } == "endpoints is empty")
    for url in ["", "localhost:8000", "ftp://x/v1", "http://", "http:///v1"] {
      #expect(problem { $0.endpoints[0].url = url } == address, "\(url)")
    }
    for url in ["http://u:p@x/v1", "http://u@x/v1", "http://x/v1?key=1", "http://x/v1#a"] {
      #expect(problem { $0.endpoints[0].url = url } == more, "\(url)")
    }
    #expect(
      problem { $0.endpoints.append(ServerEndpoint(url: "http://x", keyVariable: "")) }
        == "endpoints.1.keyVariable is empty")
  }

  @Test func connectionProblemsNameTheirKey() {
    func problem(_ change: (inout ConnectionSettings) -> Void) -> String? {
      var settings = ConnectionSettings.quick()
      change(&settings)
      return settings.problem
    }
    #expect(problem { _ in } == nil)
    #expect(problem { $0.requestsInFlight = 0 } == "requestsInFlight is 0, outside 1...10000")
    #expect(
      problem { $0.timeoutSeconds = .nan } == "timeoutSeconds is nan, not above 0 and up to 86400")
    #expect(
      problem { $0.firstBackoffSeconds = 0 }
        == "firstBackoffSeconds is 0.0, not above 0 and up to 86400")
    #expect(problem { $0.maximumBackoffSeconds = 1e6 }?.hasPrefix("maximumBackoffSeconds") == true)
    #expect(problem { $0.maximumAttempts = 0 } == "maximumAttempts is 0, outside 1...1000")
    #expect(problem { $0.requestsPerMinute = 0 }?.hasPrefix("requestsPerMinute is 0") == true)
    #expect(problem { $0.tokensPerMinute = -1 }?.hasPrefix("tokensPerMinute is -1") == true)
  }

  @Test func aClientIsNotMadeOfWrongSettings() {
    var settings = good
    settings.model = ""
    #expect(throws: ServerSettingsError.invalid(problem: "model is empty")) {
      try OpenAIClient(settings, .quick(), environment: [:])
    }
    settings = good
    settings.endpoints[0].keyVariable = "MODEL_KEY"
    for environment in [[:], ["MODEL_KEY": ""]] {
      #expect(throws: ServerSettingsError.missingKey(variable: "MODEL_KEY")) {
        try OpenAIClient(settings, .quick(), environment: environment)
      }
    }
    let error = #expect(throws: ServerSettingsError.self) {
      try OpenAIClient(settings, .quick(), environment: ["MODEL_KEY": "sk-1\nX-Header: 2"])
    }
    #expect(error == .unusableKey(variable: "MODEL_KEY"))
    #expect(
      error?.description
        == "the environment variable MODEL_KEY holds more than the visible characters of a key")
    #expect(
      "\(ServerSettingsError.missingKey(variable: "K"))"
        == "the environment variable K, which should hold the server's key, is not set")
  }

  @Test func theFingerprintIsOfTheModelOnly() throws {
    func fingerprint(_ change: (inout ServerSettings) -> Void) throws -> String {
      var settings = good
      change(&settings)
      let client = try OpenAIClient(settings, .quick(), environment: ["KEY": "k"])
      return OpenAITarget(name: "x", client: client).fingerprint
    }
    let first = try fingerprint { _ in }
    #expect(first.count == 16)
    let same = try [
      fingerprint { $0.endpoints = [ServerEndpoint(url: "https://y", keyVariable: "KEY")] },
      fingerprint { $0.tokenLimitField = .maxCompletionTokens }, fingerprint { $0.logProbs = true },
    ]
    #expect(Set(same) == [first])
    let others = try [
      fingerprint { $0.model = "n" }, fingerprint { $0.api = .completions },
      fingerprint { $0.revision = "1" }, fingerprint { $0.system = "1" },
      fingerprint { $0.revision = "" }, fingerprint { $0.system = "" }, first,
    ]
    #expect(Set(others).count == others.count)
  }
}
