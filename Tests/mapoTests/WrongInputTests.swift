import Foundation
import TestSupport
import Testing

/// Wrong input: one clear sentence, the right exit code, and nothing half-written.
@Suite struct WrongInputTests {
  /// What is wrong, how the run is told to, the sentence and the exit code.
  struct Case: Sendable, CustomTestStringConvertible {
    var setting: [String]
    var sentence: String
    var status: Int32 = 2
    var testDescription: String { setting.joined(separator: " ") }
  }

  @Test(arguments: [
    Case(
      setting: ["--set", "sft.epoch=2"],
      sentence: "unknown key 'sft.epoch' (--set sft.epoch=2); did you mean 'epochs'?"),
    Case(
      setting: ["--set", "sft.epochs=many"],
      sentence: "'sft.epochs' must be a whole number, not 'many' (--set sft.epochs=many)"),
    Case(
      setting: ["--set", "sft.epochs"],
      sentence: "--set sft.epochs is not of the form key.path=value with a value in YAML"),
    Case(
      setting: ["--set", "rl.ppo.temperature=0"],
      sentence: "key 'rl.ppo.temperature' is 0.0, not above 0"),
    Case(
      setting: ["--set", "splits.train=1.5"], sentence: "key 'splits.train' is 1.5, outside 0 to 1"),
    Case(
      setting: ["--set", "splits.nearDuplicateThreshold=0"],
      sentence: "key 'splits.nearDuplicateThreshold' is 0.0, not above 0 and up to 1"),
    Case(
      setting: ["--set", "rewriter.vocabularySize=258"],
      sentence: "key 'rewriter.vocabularySize' is 258, but at least 259 is needed"),
    Case(
      setting: ["--set", "sft.dropout=1"],
      sentence: "key 'sft.dropout' is 1.0, not from 0 to below 1"),
    Case(
      setting: [
        "--set", "budget.moneyPerRun=2", "--set",
        "targets=[{name: far, server: {model: m, api: chat, endpoints: [{url: \"http://a/v1\"}]}}]",
      ],
      sentence: "key 'budget.moneyPerRun' is set, but 'far' has no 'price' to count with"),
    Case(
      setting: ["--set", "targets=[{name: near}]"],
      sentence: "key 'targets.0' needs either 'folder' or 'server'"),
    Case(
      setting: ["--set", "dataset.search.firstExamples=0"],
      sentence: "key 'dataset.search.firstExamples' is 0, outside 1...1000000000"),
    Case(
      setting: ["--set", "rl.reward=[{source: measured, weight: 1, examples: 0}]"],
      sentence: "key 'rl.reward.0.examples' is 0, outside 1 to 1000000"),
    Case(
      setting: ["--set", "rl.reward=[{source: model, weight: 1, examples: 3}]"],
      sentence: "unknown key 'rl.reward.0.examples' "
        + "(--set rl.reward=[{source: model, weight: 1, examples: 3}])"),
    Case(
      setting: [
        "--set",
        "rl.reward=[{source: executable, weight: 1, command: [nowhere], timeoutSeconds: 9}]",
      ],
      sentence: "reward source 0 (executable) cannot be started: there is no 'nowhere'",
      status: 1),
    Case(
      setting: ["--set", "rl.reward=[{source: closure, weight: 1, name: mine}]"],
      sentence: "key 'rl.reward.0.name' is 'mine', but the program passes no reward of this name "
        + "to the run"),
    Case(
      setting: ["--set", "dataset.candidates=9000000000000000000"],
      sentence: "key 'dataset.candidates' is 9000000000000000000, but at most 1000000 is needed"),
    Case(
      setting: ["--set", "guards.maximumLengthRatio=.nan"],
      sentence: "key 'guards.maximumLengthRatio' is nan, outside 0 to 1000"),
    Case(
      setting: ["--set", "targets.1.name=amber-control"],
      sentence: "key 'targets' has 'amber-control', the name of the control of 'amber'"),
    Case(
      setting: ["--set", "name=a/b"],
      sentence: "key 'name' is 'a/b', but a name has only letters, digits, '-', '_' and '.'"),
    Case(
      setting: ["--set", "tasks=[{folder: nowhere}]"],
      sentence: "'tasks.0.folder' names nowhere, which does not exist"),
    Case(
      setting: ["--set", "targets.1.folder=nowhere"],
      sentence: "'targets.1.folder' names nowhere, which does not exist"),
    Case(
      setting: ["--set", "base=nowhere"], sentence: "'base' names nowhere, which does not exist"),
    Case(
      setting: ["--set", "base=targets/amber"],
      sentence: "key 'rewriter.maximumLength' is 256, but the base targets/amber reads at most 192 "
        + "tokens"),
    Case(
      setting: ["--set", "base=targets/amber", "--set", "base.steps=3"],
      sentence: "--set base.steps=3: 'base' is a single value and has no keys"),
    Case(
      setting: ["--set", "phrasebook=nowhere.json"],
      sentence: "'phrasebook' names nowhere.json, which does not exist"),
    Case(
      setting: ["--set", "phrasebook=tiny.yaml"],
      sentence: "tiny.yaml is not a phrase book: it is not JSON with the keys of one", status: 1),
  ])
  func settings(_ wrong: Case) async throws {
    let world = try await TrainedWorld.world()
    let place = UUID().uuidString
    let outcome = try await world.mapo(["run", "tiny.yaml", "--run", place] + wrong.setting)
    #expect(outcome.errors == "Error: \(wrong.sentence)\n")
    #expect(outcome.status == wrong.status && outcome.output.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: world.url(place).path))
  }

  @Test(arguments: [
    ("seeds: 7\n", "unknown key 'seeds' (FILE, line 2); did you mean 'seed'?"),
    ("sft: {epochs: [1]}\n", "'sft.epochs' must be a single value, not a list (FILE, line 2)"),
    ("sft: {epochs: 1\n", "FILE, line 3 is not YAML: did not find expected ',' or '}'"),
    ("sft: 3\n", "'sft' must be a map of keys and values, not '3' (FILE, line 2)"),
  ])
  func configurations(text: String, sentence: String) async throws {
    let world = try await TrainedWorld.world()
    let name = "wrong-\(UUID().uuidString).yaml"
    try world.write("extends: tiny.yaml\n" + text, to: name)
    let outcome = try await world.mapo("run", name, "--run", "never")
    #expect(
      outcome.errors == "Error: \(sentence.replacingOccurrences(of: "FILE", with: name))\n")
    #expect(outcome.status == 2)
  }

  @Test func aKeyThatIsMissing() async throws {
    let world = try await TrainedWorld.world()
    let complete = try String(
      contentsOf: TinyWorld.packageRoot.appendingPathComponent("Configs/quickstart.yaml"),
      encoding: .utf8)
    try world.write(
      complete.replacingOccurrences(of: "resamples:", with: "resample:"), to: "missing.yaml")
    let outcome = try await world.mapo("run", "missing.yaml", "--run", "never")
    #expect(outcome.status == 2)
    #expect(
      outcome.errors.hasPrefix("Error: key 'evaluation.resamples' is missing (missing.yaml, "))
    #expect(outcome.errors.hasSuffix("; is it meant by 'resample'?\n"))
    let absent = try await world.mapo("run", "absent.yaml")
    #expect(absent.status == 2)
    #expect(
      absent.errors
        == "Error: cannot read the configuration \(world.url("absent.yaml").path): "
        + "there is no such file\n")
  }

  @Test(arguments: [
    ("examples.jsonl", "", "examples.jsonl has no rows"),
    ("prompts.jsonl", "", "prompts.jsonl has no rows"),
    (
      "prompts.jsonl",
      #"{"text":"Judge {{txt}}.","family":"a","style":"b"}"#,
      "prompts.jsonl line 1: no example has a field 'txt'; did you mean 'text'?"
    ),
    (
      "examples.jsonl",
      #"{"id":"a","split":"train","fields":{"text":"fine"}}"#, "examples.jsonl line 1: no reference"
    ),
    ("examples.jsonl", "{\"id\": ", "examples.jsonl line 1: "),
    ("task.yaml", "name: sentiment\n", "task.yaml: no 'kind'"),
  ])
  func tasks(file: String, text: String, sentence: String) async throws {
    let world = try await TrainedWorld.world()
    let folder = "task-\(UUID().uuidString)"
    try FileManager.default.copyItem(at: world.url("tasks/sentiment"), to: world.url(folder))
    try world.write(text, to: "\(folder)/\(file)")
    let outcome = try await world.mapo(
      "run", "tiny.yaml", "--run", "never", "--set", "tasks=[{folder: \(folder)}]")
    #expect(outcome.errors.hasPrefix("Error: task folder \(folder): \(sentence)"))
    #expect(outcome.errors.count { $0 == "\n" } == 1 && outcome.status == 1)
    #expect(!FileManager.default.fileExists(atPath: world.url("never").path))
  }

  @Test(arguments: [
    ("model.safetensors", "model.safetensors': "),
    ("config.json", "cannot read checkpoint '"), ("tokenizer.json", "tokenizer "),
  ])
  func damagedTargets(file: String, sentence: String) async throws {
    let world = try await TrainedWorld.world()
    let folder = "target-\(UUID().uuidString)"
    try FileManager.default.copyItem(at: world.url("targets/amber"), to: world.url(folder))
    // A good run is there already: --overwrite must not remove it for one that cannot begin.
    try world.write("{}", to: "\(folder)-run/run.json")
    let whole = try Data(contentsOf: world.url("\(folder)/\(file)"))
    for damaged in [whole.prefix(whole.count / 2), Data("garbage".utf8), Data()] {
      try damaged.write(to: world.url("\(folder)/\(file)"))
      let outcome = try await world.mapo(
        "run", "tiny.yaml", "--run", "\(folder)-run", "--overwrite", "--set",
        "targets.0.folder=\(folder)")
      #expect(outcome.status == 1 && !outcome.wasKilled)
      #expect(outcome.errors.hasPrefix("Error: target 'amber': "), "\(outcome.errors)")
      #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
      #expect(outcome.errors.count { $0 == "\n" } == 1)
      #expect(try world.text("\(folder)-run/run.json") == "{}")
    }
  }

  @Test func aTargetWithTheTokenizerOfAnother() async throws {
    let world = try await TrainedWorld.world()
    let folder = "target-\(UUID().uuidString)"
    try FileManager.default.copyItem(at: world.url("targets/amber"), to: world.url(folder))
    let tokenizer = world.url("\(folder)/tokenizer.json")
    try FileManager.default.removeItem(at: tokenizer)
    try FileManager.default.copyItem(
      at: TinyWorld.packageRoot.appendingPathComponent(
        "Tests/TokenizersTests/Golden/tokenizer.json"), to: tokenizer)
    let outcome = try await world.mapo(
      "run", "tiny.yaml", "--run", "never", "--set", "targets.0.folder=\(folder)")
    #expect(outcome.status == 1)
    #expect(outcome.errors.hasPrefix("Error: target 'amber': cannot read checkpoint '"))
    #expect(outcome.errors.contains("vocab_size is 400, but tokenizer.json has"))
  }

  @Test func aStoreThatIsNoDatabase() async throws {
    let world = try await TrainedWorld.world()
    let built = try await world.mapo("dataset", "build", "tiny.yaml", "--run", "broken")
    try #require(built.status == 0)
    for name in try names(in: world.url("broken")) where name.hasPrefix("feedback.sqlite-") {
      try FileManager.default.removeItem(at: world.url("broken/\(name)"))
    }
    try world.write("no database at all, but a text of some length", to: "broken/feedback.sqlite")
    let path = world.url("broken/feedback.sqlite").path
    for command in [["run", "tiny.yaml", "--resume"], ["dataset", "stats", "tiny.yaml"]] {
      let outcome = try await world.mapo(command + ["--run", "broken"])
      #expect(outcome.status == 1)
      #expect(
        outcome.errors
          == "Error: '\(path)' is not a feedback store: it is not an SQLite database\n")
    }
    #expect(try world.text("broken/feedback.sqlite").hasPrefix("no database at all"))
    try world.write("{\"configuration\":", to: "broken/run.json")
    let outcome = try await world.mapo("run", "tiny.yaml", "--resume", "--run", "broken")
    #expect(outcome.status == 2)
    #expect(outcome.errors.hasSuffix("broken is not a run folder: it has no readable run.json\n"))
  }

  @Test func aTargetTrainingOfAnotherConfiguration() async throws {
    let world = try await TrainedWorld.world()
    let before = try contents(of: world.url("targets"))
    let command = ["target", "train", "targets.yaml", "--work", "work", "--resume", "--set"]
    let other = try await world.mapo(command + ["seed=99"])
    #expect(other.status == 2 && other.output.isEmpty)
    let reason = "has another configuration, first at 'seed: 99'; --resume needs the same one\n"
    #expect(other.errors.hasSuffix(reason))
    let unknown = try await world.mapo(command + ["taskWeights={sentimant: 2}"])
    #expect(unknown.status == 2)
    #expect(unknown.errors.hasPrefix("Error: key 'taskWeights.sentimant' is no task; there are "))
    #expect(try contents(of: world.url("targets")) == before)
  }

  @Test func stagesOutOfOrder() async throws {
    let world = try await TrainedWorld.world()
    let statistics = try await world.mapo("dataset", "stats", "tiny.yaml", "--run", "unborn")
    #expect(statistics.status == 1)
    #expect(
      statistics.errors
        == "Error: there is no feedback store at '\(world.url("unborn/feedback.sqlite").path)'\n")
    for command in [["evaluate"], ["train", "sft"], ["train", "reward"], ["train", "rl"]] {
      let outcome = try await world.mapo(command + ["tiny.yaml", "--run", "unborn"])
      #expect(outcome.status == 2)
      #expect(outcome.errors.hasSuffix("unborn is not a run folder: it has no readable run.json\n"))
    }
    #expect(!FileManager.default.fileExists(atPath: world.url("unborn").path))
    let built = try await world.mapo("dataset", "build", "tiny.yaml", "--run", "young")
    try #require(built.status == 0)
    let early = try await world.mapo("train", "sft", "tiny.yaml", "--run", "young")
    #expect(early.status == 1)
    #expect(early.lastError == "Error: stage 'base' is not finished; run it first")
    let rash = try await world.mapo("evaluate", "tiny.yaml", "--run", "young", "--overwrite")
    #expect(rash.status == 2)
    #expect(rash.errors.contains("--overwrite would remove the stages that this command needs"))
    #expect(try names(in: world.url("young/finished")).count == 2)
  }

  @Test(arguments: [
    (["runn"], "Unexpected argument 'runn'"),
    (["run", "tiny.yaml", "--nope"], "Unknown option '--nope'"),
    (["run"], "Missing expected argument '<config>'"),
    (["run", "tiny.yaml", "--resume", "--overwrite"], "exclude each other"),
    (["run", "tiny.yaml", "--resume", "--from", "x"], "--from and --resume exclude each other"),
    (["train", "all", "tiny.yaml"], "unexpected arguments"),
    (["export", "x", "--format", "zip", "--output", "y"], "The value 'zip' is invalid"),
  ])
  func usage(arguments: [String], sentence: String) async throws {
    let world = try await TrainedWorld.world()
    let outcome = try await world.mapo(arguments)
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
  }
}
