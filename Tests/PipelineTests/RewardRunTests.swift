import Alignment
import FeedbackStore
import Foundation
import GRDB
import LanguageModels
import LocalServer
import Pipeline
import Rewriting
import TargetModels
import TestSupport
import Testing
import Tokenizers

/// What rollouts of a run are worth by sources of one's own.
///
/// The tiny world's rewriters are too small to keep a guard, so rollouts are made by hand.
@Suite struct RewardRunTests {
  /// A copy of the finished run before its RL, with another reward.
  private func run(
    _ name: String, reward: String, settings: [String] = [], observer: RunObserver = .silent,
    rewards: [String: any RewardSource] = [:]
  ) async throws -> Run {
    let finished = try await FinishedRun.make()
    let folder = finished.world.url("rewards-" + name)
    let configuration = try finished.world.configuration(["rl.reward=" + reward] + settings)
    if !FileManager.default.fileExists(atPath: folder.path) {
      try FileManager.default.copyItem(at: finished.run.folder.url, to: folder)
      for amber in ["rl/amber", "finished/rl-amber.json"] {
        try FileManager.default.removeItem(at: folder.appendingPathComponent(amber))
      }
      var manifest = try finished.run.folder.manifest()
      manifest.configuration = configuration
      try Data(ConfigurationLoader.resolvedJSON(manifest).utf8).write(
        to: folder.appendingPathComponent("run.json"))
    }
    return try Run(
      configuration, folder: RunFolder(folder), opening: .resume, data: nil, observer: observer,
      rewards: rewards)
  }

  /// The judge of a run's first rewriter, and its prompts.
  private func judge(_ run: Run) throws -> (RewriteJudge, [Rollout]) {
    let contents = try ModelFolder(contentsOf: run.folder.model(.reward, "amber"))
    let tokenizer = contents.tokenizer
    let format = try #require(RewriterFormat(tokenizer))
    let target = try EmbeddedTarget(
      name: "amber", folder: try FinishedRun.amber(of: run.configuration))
    let originals = AlignmentData(
      format: format, maximumLength: run.configuration.rewriter.maximumLength
    ).originals(run.pool.tasks)
    let judge = try RewriteJudge(
      run: run, scorer: PromptScorer(target, price: nil, run: run), originals: originals,
      tokenizer: tokenizer, format: format, rewardModel: contents.model,
      calibration: RewardCalibration(scale: 1, shift: 0), seed: 3)
    let rollouts = originals.indices.prefix(6).flatMap { index in
      let text = originals[index].text
      return ["", " Please answer.", nil].map { addition in
        Rollout(index: index, text: addition.map { text + $0 } ?? "nothing", tokenizer)
      }
    }
    return (judge, rollouts)
  }

  /// A rollout that was not sampled.
  private struct Rollout {
    let text: String
    let sample: PPOTrainer.Sample

    init(index: Int, text: String, _ tokenizer: Tokenizer) {
      self.text = text
      sample = PPOTrainer.Sample(
        promptIndex: index, response: tokenizer.encode(text),
        endToken: tokenizer.id(ofSpecial: SpecialToken.end))
    }

    /// Those without their content break a guard.
    var isValid: Bool { text != "nothing" }
  }

  private func http(_ port: Int, patience: Double = 60) -> String {
    """
    [{source: http, weight: 0.01, url: "http://127.0.0.1:\(port)/score", timeoutSeconds: 30, \
    patienceSeconds: \(patience)}]
    """
  }

  @Test func weightsAddUpLengthIsPaidForAndBrokenGuardsHaveOneScore() async throws {
    let length = ClosureReward { Float($0.rewritten.utf8.count) }
    let run = try await run(
      "sum",
      reward: """
        [{source: closure, weight: 0.5, name: length}, {source: closure, weight: -2, name: one}, \
        {source: model, weight: 0}]
        """,
      settings: ["rl.lengthCoefficient=3", "rl.lengthAllowance=0.25", "rl.invalidScore=-7"],
      rewards: ["length": length, "one": ClosureReward { _ in 1 }])
    let (judge, rollouts) = try judge(run)
    let verdict = try await judge.scores(of: rollouts.map(\.sample), update: 0)
    #expect(verdict.isValid == rollouts.map(\.isValid))
    #expect(verdict.invalidShare == Float(1) / 3)
    for (index, rollout) in rollouts.enumerated() {
      let rewrite = verdict.rewrites[index]
      #expect(rewrite.text == rollout.text)
      guard rollout.isValid else {
        #expect(verdict.scores[index] == -7 && rewrite.parts.isEmpty)
        continue
      }
      let bytes = Float(rollout.text.utf8.count)
      #expect(rewrite.parts[0] == bytes && rewrite.parts[1] == 1 && rewrite.parts.count == 3)
      let tokens = Float(rollout.sample.response.count)
      let original = Float(rollouts[index / 3 * 3].sample.response.count)
      #expect(rewrite.lengthPenalty == 3 * (tokens / original - 0.25))
      #expect(abs(verdict.scores[index] - (bytes / 2 - 2 - rewrite.lengthPenalty)) < 1e-4)
    }
  }

  /// A program, an endpoint and a closure that say the same are the same reward; the endpoint is down
  /// at first, and once more later.
  @Test func allSourcesAreOneRewardAndAnOutageChangesNothing() async throws {
    let closure = try await run(
      "closure", reward: "[{source: closure, weight: 0.01, name: length}]",
      rewards: ["length": ClosureReward { Float($0.rewritten.utf8.count) }])
    let (steady, rollouts) = try judge(closure)
    let samples = rollouts.map(\.sample)
    let expected = try await steady.scores(of: samples, update: 0).scores
    #expect(Set(expected).count > 6)

    let port = try await LocalServer.freePort()
    let log = LoggedLines()
    let run = try await run("endpoint", reward: http(port), observer: .logging(to: log))
    let (judge, _) = try judge(run)
    for outages in 1...2 {
      let repair = Task {
        while log.warnings < outages { try await Task.sleep(for: .milliseconds(5)) }
        return try await LocalServer.scoring(port: port)
      }
      #expect(try await judge.scores(of: samples, update: outages).scores == expected)
      let server = try await repair.value
      #expect(try await judge.scores(of: samples, update: 9).scores == expected)
      await server.stop()
    }
    #expect(log.warnings == 2 && log.lines.count { $0.contains("answers again after") } == 2)
  }

  @Test func aProgramOfTheRunIsAsked() async throws {
    let script =
      #"while read -r l; do id=${l#*'"id":'}; echo "{\"id\": ${id%%,*}, \"score\": 4}"; done"#
    let world = try await FinishedRun.make().world
    try world.write(script, to: "score.sh")
    let run = try await run(
      "program",
      reward:
        "[{source: executable, weight: 0.5, command: [sh, \(world.url("score.sh").path)], timeoutSeconds: 30}]"
    )
    let (judge, rollouts) = try judge(run)
    let verdict = try await judge.scores(of: rollouts.map(\.sample), update: 0)
    #expect(zip(verdict.scores, rollouts).allSatisfy { $0 == ($1.isValid ? 2 : -2) })
  }

  @Test func brokenScoresEndTheRun() async throws {
    let reward = "[{source: closure, weight: 1, name: broken}]"
    let run = try await run(
      "broken", reward: reward, rewards: ["broken": ClosureReward { _ in .nan }])
    let (judge, rollouts) = try judge(run)
    await #expect(
      throws: RewardError.notFinite(source: "reward source 0 (broken)", count: 12, of: 12)
    ) { _ = try await judge.scores(of: rollouts.map(\.sample), update: 0) }
    await #expect(throws: ConfigurationError.self) {
      _ = try await self.run("broken", reward: reward)
    }
    await #expect(throws: ConfigurationError.self) {
      _ = try await self.run(
        "broken", reward: reward,
        rewards: ["broken": ClosureReward { _ in 0 }, "other": ClosureReward { _ in 0 }])
    }
  }

  @Test func patienceEndsTheRunAndAnotherAddressContinuesIt() async throws {
    let port = try await LocalServer.freePort()
    let stopped = try await run("stopped", reward: http(port, patience: 0.2))
    let (judge, rollouts) = try judge(stopped)
    let samples = rollouts.map(\.sample)
    let error = await #expect(throws: RewardError.self) {
      _ = try await judge.scores(of: samples, update: 0)
    }
    let words = try #require(error?.description)
    #expect(words.hasPrefix("reward source 0 (http): the endpoint did not answer for "))
    #expect(words.contains("--resume goes on from there"))
    let server = try await LocalServer.scoring()
    let (again, _) = try self.judge(try await run("stopped", reward: http(server.port)))
    #expect(try await again.scores(of: samples, update: 0).invalidShare == Float(1) / 3)
  }

  /// What the target answers to rewrites is kept, counted, and in no ranking.
  @Test func aMeasuredRewardLeavesTheDatasetAlone() async throws {
    let reward = "[{source: model, weight: 1}, {source: measured, weight: 0.5, examples: 3}]"
    let run = try await run("measured", reward: reward)
    let before = try [1, 2].map { try run.store.rankings(target: $0) }
    let calls = try run.store.spending(day: Date()).calls
    let (judge, rollouts) = try judge(run)
    let samples = rollouts.map(\.sample)
    let verdict = try await judge.scores(of: samples, update: 1)
    for (rewrite, rollout) in zip(verdict.rewrites, rollouts) where rollout.isValid {
      let (model, gain) = (try #require(rewrite.parts[0]), try #require(rewrite.parts[1]))
      #expect(rewrite.score == model + 0.5 * gain)
    }
    #expect(
      stride(from: 0, to: rollouts.count, by: 3).allSatisfy { verdict.rewrites[$0].parts[1] == 0 },
      "an original gains nothing over itself")
    #expect(try [1, 2].map { try run.store.rankings(target: $0) } == before)
    let rows = try await DatabaseQueue(path: run.folder.storeFile.path).read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM feedback WHERE purpose = 'reward'") ?? 0
    }
    #expect(rows > 0)
    #expect(try run.store.spending(day: Date()).calls - calls == rows)
    // The answers are there: the same update again asks nothing.
    #expect(try await judge.scores(of: samples, update: 1).scores == verdict.scores)
    #expect(try run.store.spending(day: Date()).calls - calls == rows)
  }

  @Test func aPlanCountsWhatIsMeasuredAndNamesWhatItCannotPrice() async throws {
    let finished = try await FinishedRun.make()
    let plan = try await finished.world.configuration([
      """
      rl.reward=[{source: executable, weight: 1, command: [cat], timeoutSeconds: 1}, \
      {source: measured, weight: 1, examples: 5}]
      """
    ]).plan(RunFolder(finished.world.url("unpriced")), data: nil)
    #expect(
      plan.assumptions.contains(
        "reward source 0 (executable): scores up to 12 rewrites of each rewriter, which are not in "
          + "calls, time and money"))
    let ofRL = plan.stages.filter { $0.stage == "rl" }
    #expect(ofRL.map(\.target) == ["amber", "birch"])
    // Two updates of three prompts with two rewrites and the original each, for rewriter and control.
    #expect(ofRL.allSatisfy { $0.calls == 2 * 3 * 3 * 5 * 2 })
    let done = try await finished.world.configuration().plan(finished.run.folder, data: nil)
    #expect(done.stages.allSatisfy { $0.stage != "rl" }, "the reward model asks nothing")
  }
}

extension FinishedRun {
  /// Folder of the first target.
  fileprivate static func amber(of configuration: RunConfiguration) throws -> URL {
    URL(fileURLWithPath: try #require(configuration.targets.first?.folder))
  }
}
