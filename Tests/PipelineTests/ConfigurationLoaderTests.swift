import Foundation
import Pipeline
import Testing

@Suite struct ConfigurationLoaderTests {
  private enum Mode: String, Codable { case fast, exact }

  private struct Stage: Codable, Equatable, Sendable {
    var name: String
    var steps: Int
  }

  private struct PPO: Codable, Equatable, Sendable {
    var clipRange: Float
    var epochs: Int
    var whiten: Bool
  }

  private struct Run: Codable, Equatable, Sendable {
    var name: String
    var seed: UInt64
    var mode: Mode
    var ppo: PPO
    var stages: [Stage]
    var weights: [String: Double]
    var limit: Int?
  }

  private static let base = """
    name: quickstart
    seed: 7
    mode: fast
    ppo:
      clipRange: 0.2
      epochs: 4
      whiten: true
    stages:
      - name: sft
        steps: 100
      - name: rl
        steps: 50
    weights:
      anything: 1
      other: 0.5
    """

  /// Writes `files` to a new folder and loads the last of them.
  private func load(
    _ files: [(name: String, text: String)], overrides: [String] = []
  ) throws -> Run {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    var last = folder
    for (name, text) in files {
      last = folder.appending(path: name)
      try FileManager.default.createDirectory(
        at: last.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: last, atomically: true, encoding: .utf8)
    }
    return try ConfigurationLoader.load(Run.self, from: last, overrides: overrides)
  }

  private func load(_ text: String, _ overrides: String...) throws -> Run {
    try load([("run.yaml", text)], overrides: overrides)
  }

  /// The sentence that `text` is refused with.
  private func refusal(_ text: String, _ overrides: String...) -> String? {
    let error = #expect(throws: ConfigurationError.self) {
      try load([("run.yaml", text)], overrides: overrides)
    }
    return error?.description
  }

  private func replacing(_ old: String, _ new: String) -> String {
    Self.base.replacingOccurrences(of: old, with: new)
  }

  // MARK: - What is read

  @Test func readsACompleteFile() throws {
    let run = try load(Self.base)
    #expect(run.name == "quickstart" && run.seed == 7 && run.mode == .fast && run.limit == nil)
    #expect(run.ppo == PPO(clipRange: 0.2, epochs: 4, whiten: true))
    #expect(run.stages.map(\.steps) == [100, 50] && run.weights == ["anything": 1, "other": 0.5])
  }

  @Test func extendsMergesMapsAndReplacesLists() throws {
    let middle = """
      extends: ../quickstart.yaml
      ppo:
        epochs: 2
      stages: [{name: only, steps: 1}]
      """
    let run = try load([
      ("quickstart.yaml", Self.base), ("own/middle.yaml", middle),
      ("own/mine.yaml", "extends: middle.yaml\nname: mine\nweights: {third: 3}"),
    ])
    #expect(run.name == "mine" && run.seed == 7)
    #expect(run.ppo == PPO(clipRange: 0.2, epochs: 2, whiten: true))
    #expect(run.stages == [Stage(name: "only", steps: 1)])
    #expect(run.weights == ["anything": 1, "other": 0.5, "third": 3])
  }

  @Test func overridesAreYAMLAndReachListsAndOptionals() throws {
    let run = try load(
      Self.base, "ppo.clipRange=0.1", "stages.1.steps=3", "limit=9", "weights.new=2",
      "name=a=b", "ppo.whiten=false")
    #expect(run.ppo == PPO(clipRange: 0.1, epochs: 4, whiten: false))
    #expect(run.stages[1].steps == 3 && run.limit == 9 && run.weights["new"] == 2)
    #expect(run.name == "a=b")
    #expect(try load(Self.base, "stages=[]").stages.isEmpty)
    #expect(try load(Self.base + "\nlimit: 3", "limit=null").limit == nil)
  }

  @Test func whatIsResolvedIsCompleteAndDeterministic() throws {
    let run = try load(Self.base, "limit=3")
    let yaml = try ConfigurationLoader.resolvedYAML(run)
    #expect(try load(yaml) == run)
    let json = try ConfigurationLoader.resolvedJSON(run)
    #expect(try JSONDecoder().decode(Run.self, from: Data(json.utf8)) == run)
    // YAML contains JSON.
    #expect(try load(json) == run)
    #expect(try ConfigurationLoader.resolvedJSON(try load(yaml)) == json)
    #expect(json.contains(#""clipRange" : 0.2,"#))
  }

  // MARK: - What is refused, in which words

  @Test func unknownKeys() {
    #expect(
      refusal(Self.base + "\nsed: 3")
        == "unknown key 'sed' (run.yaml, line 16); did you mean 'seed'?")
    #expect(
      refusal(replacing("  epochs: 4", "  epochs: 4\n  cliprange: 1"))
        == "unknown key 'ppo.cliprange' (run.yaml, line 7); did you mean 'clipRange'?")
    #expect(
      refusal(replacing("steps: 50", "steps: 50\n    step: 50"))
        == "unknown key 'stages.1.step' (run.yaml, line 13); did you mean 'steps'?")
    #expect(refusal(Self.base + "\nzebra: 3") == "unknown key 'zebra' (run.yaml, line 16)")
  }

  @Test func unknownOverrides() {
    #expect(
      refusal(Self.base, "ppo.clipRnge=0.1")
        == "unknown key 'ppo.clipRnge' (--set ppo.clipRnge=0.1); did you mean 'clipRange'?")
    #expect(
      refusal(Self.base, "pppo.epochs=1")
        == "unknown key 'pppo' (--set pppo.epochs=1); did you mean 'ppo'?")
    #expect(
      refusal(Self.base, "seed.low=1")
        == "--set seed.low=1: 'seed' is a single value and has no keys")
    #expect(
      refusal(Self.base, "stages.2.steps=1") == "unknown key 'stages.2' (--set stages.2.steps=1)")
    for malformed in ["seed", "=1", "ppo..epochs=1", "name=[1"] {
      #expect(
        refusal(Self.base, malformed)
          == "--set \(malformed) is not of the form key.path=value with a value in YAML")
    }
  }

  @Test func missingKeys() {
    #expect(
      refusal(replacing("  epochs: 4\n", "")) == "key 'ppo.epochs' is missing (run.yaml, line 5)")
    #expect(
      refusal(replacing("seed: 7", "sede: 7"))
        == "key 'seed' is missing (run.yaml, line 1); is it meant by 'sede'?")
    #expect(refusal("") == "key 'name' is missing (run.yaml, line 1)")
  }

  @Test func wrongTypesAndValues() {
    #expect(
      refusal(replacing("seed: 7", "seed: many"))
        == "'seed' must be a whole number, not 'many' (run.yaml, line 2)")
    #expect(
      refusal(replacing("steps: 100", "steps: 1.5"))
        == "'stages.0.steps' must be a whole number, not '1.5' (run.yaml, line 10)")
    #expect(
      refusal(Self.base, "ppo.clipRange=[1]")
        == "'ppo.clipRange' must be a single value, not a list (--set ppo.clipRange=[1])")
    #expect(
      refusal(Self.base, "ppo.whiten=2")
        == "'ppo.whiten' must be true or false, not '2' (--set ppo.whiten=2)")
    #expect(
      refusal(Self.base, "stages=3")
        == "'stages' must be a list, not '3' (--set stages=3)")
    #expect(
      refusal(Self.base, "ppo=3")
        == "'ppo' must be a map of keys and values, not '3' (--set ppo=3)")
    let invalid = refusal(replacing("mode: fast", "mode: quick"))
    #expect(
      invalid?.hasPrefix("'mode' has a value that is not allowed (run.yaml, line 3): ") == true)
  }

  @Test func anErrorNamesTheFileThatTheValueIsIn() throws {
    let error = #expect(throws: ConfigurationError.self) {
      try load([
        ("base.yaml", replacing("epochs: 4", "epochs: four")),
        ("mine.yaml", "extends: base.yaml\nname: mine"),
      ])
    }
    #expect(
      error?.description == "'ppo.epochs' must be a whole number, not 'four' (base.yaml, line 6)")
  }

  @Test func duplicateKeys() {
    #expect(
      refusal(Self.base + "\nseed: 8")
        == "key 'seed' occurs twice in one map (run.yaml, line 2)")
    #expect(
      refusal(replacing("  epochs: 4", "  epochs: 4\n  epochs: 5"))
        == "key 'epochs' occurs twice in one map (run.yaml, line 6)")
    #expect(
      refusal(replacing("  other: 0.5", "  1: 0.5\n  \"1\": 0.5"))
        == "key '1' occurs twice in one map (run.yaml, line 16)")
  }

  @Test func filesThatAreNoConfiguration() throws {
    #expect(refusal("- a\n- b") == "run.yaml holds no map of keys and values")
    #expect(refusal("extends: [a, b]") == "'extends' in run.yaml is not the name of one file")
    #expect(refusal("name: [1\nseed: 2")?.hasPrefix("run.yaml, line 2 is not YAML: ") == true)
    #expect(refusal("? [a]\n: 1") == "a key at run.yaml, line 1 is not a plain text")
    #expect(refusal("extends: none.yaml")?.hasSuffix("none.yaml: there is no such file") == true)
    let error = #expect(throws: ConfigurationError.self) {
      try load([("a.yaml", "extends: b.yaml"), ("b.yaml", "extends: a.yaml")])
    }
    #expect(
      error?.description
        == "configurations extend each other in a circle: b.yaml -> a.yaml -> b.yaml")
  }

  @Test func bytesThatAreNoText() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).yaml")
    try Data([0x6E, 0xFF, 0xFE, 0x00]).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let error = #expect(throws: ConfigurationError.self) {
      try ConfigurationLoader.load(Run.self, from: file)
    }
    #expect(error?.description.hasSuffix("it is not text in UTF-8") == true)
    #expect(throws: ConfigurationError.self) {
      try ConfigurationLoader.load(Run.self, from: file.deletingLastPathComponent())
    }
  }
}
