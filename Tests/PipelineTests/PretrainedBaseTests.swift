import Foundation
import LanguageModels
import Pipeline
import TestSupport
import Testing

/// Runs that begin with a model from elsewhere.
@Suite struct PretrainedBaseTests {
  @Test(arguments: [true, false])
  func aWholeRun(adapts: Bool) async throws {
    let finished = try await FinishedRun.make()
    let name = adapts ? "deeper/adapted" : "tuned"
    let base = try finished.publishedBase("\(adapts)-base")
    let before = try Self.contents(of: base)
    var overrides = ["base=\(base.path)", "targets=[\(finished.amber)]"]
    if adapts {
      overrides.append("lora={rank: 4, alpha: 8, layers: [attention, attentionOutput, down]}")
    }
    let run = try finished.world.open(name, overrides: overrides)
    let report = try await run.runAll()
    #expect(report.rows.count == 2)
    #expect(try Self.contents(of: base) == before, "the base is read alone")
    let files = FileManager.default
    #expect(!files.fileExists(atPath: run.folder.model(.base).path), "and not copied")

    let published = try ModelFolder(contentsOf: base)
    for stage in [Stage.sft, .rl] {
      let trained = try ModelFolder(contentsOf: run.folder.model(stage, "amber"))
      #expect((trained.model.adapterConfig != nil) == adapts)
      #expect(trained.chatTemplate == published.chatTemplate)
      #expect(trained.endTokens == published.endTokens && trained.endTokens == [1])
      let (old, new) = (published.model.parameters, trained.model.parameters)
      #expect((new.snapshot == old.snapshot) == adapts)
    }
    let exported = try ModelFolder(contentsOf: run.folder.model(.export, "amber"))
    #expect(exported.model.adapterConfig == nil)

    let again = finished.world.url("\(adapts)-exported")
    for format in [ModelExport.Format.hf, .gguf] {
      let output = again.appendingPathExtension(format.rawValue)
      let parity = try ModelExport(
        from: run.folder.model(.sft, "amber"), to: output, format: format, type: .f32
      ).write()
      #expect(parity.same == parity.prompts && parity.prompts > 0)
    }
    if adapts {
      #expect(throws: RunError.outputExists(base.path)) {
        _ = try ModelExport(
          from: run.folder.model(.rl, "amber"), to: base, format: .hf, type: .f32)
      }
    }

    let plan = try await run.configuration.plan(run.folder, data: nil)
    #expect(plan.stages.allSatisfy { $0.calls == 0 })
    let doctored = try await run.configuration.examine(run.folder, data: nil)
    #expect(doctored.problems.isEmpty, "\(doctored.problems)")
    let vocabulary = try #require(doctored.vocabulary)
    #expect(vocabulary.isOfRun && vocabulary.end == 1)
    #expect(vocabulary.answer == nil && vocabulary.padding == nil)
    #expect(!doctored.samples.contains { $0.stage == "base" })

    // What was learned is taken over; the base stays where it is.
    let next = try finished.world.open(
      "\(adapts)-next", from: run.folder, overrides: overrides + ["rl.ppo.rankingCoefficient=0"])
    #expect(next.folder.summary(.base, nil) != nil && next.folder.summary(.rl, "amber") == nil)
    try await next.runStage(.rl)

    let template = "\(adapts)-base/chat_template.jinja"
    try finished.world.write("\n" + finished.world.text(template), to: template)
    #expect(throws: RunError.dataChanged("base \(base.path)")) {
      _ = try finished.world.open(name, .resume, overrides: overrides)
    }
    #expect(throws: RunError.dataChanged(base.path)) {
      _ = try ModelExport(
        from: run.folder.model(.rl, "amber"), to: again, format: .hf, type: .f32)
    }
    await #expect(throws: RunError.dataChanged("base \(base.path)")) {
      _ = try await run.configuration.examine(run.folder, data: nil)
    }
  }

  @Test func whatIsNoBaseIsRefused() async throws {
    let finished = try await FinishedRun.make()
    let world = finished.world
    let reward = finished.run.folder.model(.reward, "amber").path
    let strange = try finished.publishedBase("strange-base")
    try world.write(
      world.text("strange-base/config.json").replacingOccurrences(of: "\"silu\"", with: "\"tanh\""),
      to: "strange-base/config.json")
    let cases = [
      ("base=nowhere", "'base' names nowhere, which does not exist"),
      (
        "base=\(reward)",
        "the base \(reward) cannot be used: it is a reward model, not a language model"
      ),
      ("base=\(strange.path)", "the base \(strange.path) cannot be used: "),
      ("base=[1]", "'base' must be a map of keys and values, not a list"),
      ("base.step=3", "unknown key 'base.step' (--set base.step=3); did you mean 'steps'?"),
    ]
    for (override, sentence) in cases {
      do {
        _ = try world.open("refused", overrides: [override])
        Issue.record("\(override) is accepted")
      } catch {
        #expect("\(error)".hasPrefix(sentence), "\(error)")
      }
    }
    #expect(!FileManager.default.fileExists(atPath: world.url("refused").path))
  }

  @Test func itsLengthBoundsTheRewriter() async throws {
    let finished = try await FinishedRun.make()
    let base = try finished.publishedBase("short-base").path
    let long = try finished.world.configuration(
      ["base=\(base)", "rewriter.maximumLength=257", "rewriter.width=1"])
    let error = await #expect(throws: ConfigurationError.self) {
      _ = try await long.plan(RunFolder(finished.world.url("never")), data: nil)
    }
    #expect(
      error?.description
        == "key 'rewriter.maximumLength' is 257, but the base \(base) reads at most 256 tokens")
  }

  /// A path goes over the settings of a trained base, and the other way round.
  @Test func aPathReplacesSettings() throws {
    let world = try TinyWorld()
    try world.write("extends: tiny.yaml\nbase: ../models/small\n", to: "own.yaml")
    let own = try ConfigurationLoader.load(RunConfiguration.self, from: world.url("own.yaml"))
    #expect(own.base == .pretrained("../models/small"))
    let json = try ConfigurationLoader.resolvedJSON(own)
    #expect(try JSONDecoder().decode(RunConfiguration.self, from: Data(json.utf8)) == own)
    let whole = try world.configuration()
    guard case .trained(let settings) = whole.base else {
      Issue.record("the base is not trained")
      return
    }
    #expect(settings.steps == 120)
    let yaml = try ConfigurationLoader.resolvedYAML(whole)
    try world.write(yaml, to: "whole.yaml")
    #expect(
      try ConfigurationLoader.load(RunConfiguration.self, from: world.url("whole.yaml")) == whole)
  }

  private static func contents(of folder: URL) throws -> [String: Data] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).reduce(into: [:]) {
      $0[$1] = try Data(contentsOf: folder.appendingPathComponent($1))
    }
  }
}

extension FinishedRun {
  /// The target amber, as a configuration names it.
  fileprivate var amber: String { "{name: amber, folder: \(world.url("targets/amber").path)}" }

  /// The run's base as others publish theirs: special tokens have other names, and a chat template
  /// says where they stand.
  fileprivate func publishedBase(_ name: String) throws -> URL {
    try FileManager.default.copyItem(at: run.folder.model(.base), to: world.url(name))
    for file in ["tokenizer.json", "tokenizer_config.json"] {
      var text = try world.text("\(name)/\(file)")
      for (own, other) in [
        (SpecialToken.answer, "<|reply|>"), (SpecialToken.end, "<|stop|>"),
        (SpecialToken.padding, "<|fill|>"),
      ] {
        text = text.replacingOccurrences(of: own, with: other)
      }
      try world.write(text, to: "\(name)/\(file)")
    }
    try world.write(
      """
      {{- 'Be brief.<|stop|>' -}}
      {%- for message in messages -%}
      {{- message.content + ('<|reply|>' if message.role == 'user' else '<|stop|>') -}}
      {%- endfor -%}
      """, to: "\(name)/chat_template.jinja")
    return world.url(name)
  }
}
