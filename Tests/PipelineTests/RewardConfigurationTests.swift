import Foundation
import Pipeline
import TargetModels
import TestSupport
import Testing

/// `rl.reward` in configurations.
@Suite struct RewardConfigurationTests {
  private func configuration(_ reward: String) throws -> RunConfiguration {
    try TinyWorld().configuration(["rl.reward=" + reward])
  }

  @Test func everySourceIsReadAndWrittenBack() throws {
    let run = try configuration(
      """
      [{source: model, weight: 1}, {source: measured, weight: 0.5, examples: 12},
       {source: executable, weight: -2, command: [python3, score.py], timeoutSeconds: 60},
       {source: http, weight: 1, url: "http://a/score", keyVariable: KEY, timeoutSeconds: 3, patienceSeconds: 9},
       {source: http, weight: 1, url: "http://a/score", timeoutSeconds: 3, patienceSeconds: 9},
       {source: closure, weight: 0.25, name: brevity}]
      """)
    let endpoint = ServerEndpoint(url: "http://a/score", keyVariable: "KEY")
    let sources = run.rl.reward
    #expect(sources.map(\.weight) == [1, 0.5, -2, 1, 1, 0.25])
    #expect(
      sources.map(\.source) == [
        .model, .measured(examples: 12),
        .executable(command: ["python3", "score.py"], timeoutSeconds: 60),
        .http(endpoint: endpoint, timeoutSeconds: 3, patienceSeconds: 9),
        .http(
          endpoint: ServerEndpoint(url: "http://a/score"), timeoutSeconds: 3, patienceSeconds: 9),
        .closure(name: "brevity"),
      ])
    try run.validate()
    let again = try JSONDecoder().decode(
      RunConfiguration.self, from: Data(ConfigurationLoader.resolvedJSON(run).utf8))
    #expect(again == run)
  }

  @Test(arguments: [
    ("[]", "key 'rl.reward' is empty"),
    ("[{source: model, weight: .nan}]", "key 'rl.reward.0.weight' is nan, outside -1000 to 1000"),
    (
      "[{source: model, weight: 1}, {source: measured, weight: 1, examples: 0}]",
      "key 'rl.reward.1.examples' is 0, outside 1 to 1000000"
    ),
    (
      "[{source: executable, weight: 1, command: [], timeoutSeconds: 1}]",
      "key 'rl.reward.0.command' names no program"
    ),
    (
      "[{source: executable, weight: 1, command: [a], timeoutSeconds: 0}]",
      "key 'rl.reward.0.timeoutSeconds' is 0.0, not above 0 and up to 86400"
    ),
    (
      "[{source: http, weight: 1, url: judge, timeoutSeconds: 1, patienceSeconds: 1}]",
      "key 'rl.reward.0.url' is not an address that begins with http:// or https:// and a host"
    ),
    (
      "[{source: http, weight: 1, url: \"http://a\", timeoutSeconds: 1, patienceSeconds: -1}]",
      "key 'rl.reward.0.patienceSeconds' is -1.0, not above 0 and up to 86400"
    ),
    (
      "[{source: closure, weight: 1, name: \"\"}]", "key 'rl.reward.0.name' is empty"
    ),
  ])
  func valuesAreChecked(reward: String, sentence: String) throws {
    let run = try configuration(reward)
    let error = #expect(throws: ConfigurationError.self) { try run.validate() }
    #expect(error?.description == sentence)
  }

  @Test(arguments: [
    ("[{source: model, weight: 1, url: a}]", "unknown key 'rl.reward.0.url' "),
    (
      "[{source: executable, weight: 1, timeoutSeconds: 1}]",
      "key 'rl.reward.0.command' is missing "
    ),
    ("[{source: oracle, weight: 1}]", "'rl.reward.0.source' "),
    ("[{source: model}]", "key 'rl.reward.0.weight' is missing "),
  ])
  func keysAreThoseOfTheSource(reward: String, beginning: String) throws {
    let error = #expect(throws: ConfigurationError.self) { _ = try configuration(reward) }
    #expect(error?.description.hasPrefix(beginning) == true, "\(String(describing: error))")
  }

  @Test(arguments: ["rl.lengthCoefficient", "rl.lengthAllowance"])
  func lengthControlHasARange(key: String) throws {
    let run = try TinyWorld().configuration([key + "=-0.5"])
    let error = #expect(throws: ConfigurationError.self) { try run.validate() }
    #expect(error?.description == "key '\(key)' is -0.5, outside 0 to 1000")
  }

  @Test func lengthIsPaidForBeyondTheAllowance() {
    let control = LengthControl(coefficient: 2, allowance: 1.5)
    #expect(control.penalty(tokens: 0, original: 10) == 0)
    #expect(control.penalty(tokens: 15, original: 10) == 0)
    #expect(control.penalty(tokens: 20, original: 10) == 1)
    #expect(control.penalty(tokens: 40, original: 10) == 5, "two for each multiple more")
    #expect(control.penalty(tokens: 3, original: 0) == 3, "an empty original is one token")
    #expect(LengthControl(coefficient: 0, allowance: 0).penalty(tokens: 9, original: 1) == 0)
  }
}
