import FeedbackStore
import Foundation
import PromptSearch
import Pipeline
import Synchronization
import TestSupport
import Testing

/// `mapo optimize` with the shipped target.
@Suite struct OptimizationTests {
  @Test func theReportIsOfItsSearches() async throws {
    let world = try OptimizationWorld()
    let run = try world.open(
      "all", settings: ["optimize.repeats=2", "optimize.validationExamples=24"])
    let said = Mutex<[String]>([])
    let report = try await run.optimize(methods: OptimizationMethod.allCases) { event in
      said.withLock { $0.append(Self.name(of: event)) }
    }
    #expect(try run.folder.optimization() == report)
    #expect(report.searches.map(\.place.repetition) == [1, 2])
    #expect(Set(report.searches.map(\.originalPrompt)).count == 2)
    #expect(report.notices == ["opro was left out: it needs a generator that follows instructions"])
    for search in report.searches {
      #expect(
        search.methods.map(\.outcome.method) == ["dualPhase", "uniform", "bestOfRandom", "ape"])
      #expect(search.validationExamples == 24 && search.freshExamples == 10)
      let own = try #require(search[.dualPhase])
      for method in search.methods {
        let limit = method.callLimit
        #expect(method.outcome.targetCalls <= limit ?? .max)
        let isBaseline = ["bestOfRandom", "ape"].contains(method.outcome.method)
        #expect(limit == (isBaseline ? 2 * own.outcome.targetCalls : nil))
        #expect(method.freshCount == 10 && method.freshFailed == 0)
        #expect((method.fresh.low...method.fresh.high).contains(method.fresh.mean))
        #expect(
          abs(method.fresh.mean - search.freshOriginal - method.overOriginal.mean) < 1e-9)
        // One prompt has one interval.
        let same = search.methods.filter { $0.outcome.prompt == method.outcome.prompt }
        #expect(same.allSatisfy { $0.fresh == method.fresh })
      }
      let file = run.folder.bestPromptFile(of: search.place, in: report)
      #expect(try String(contentsOf: file, encoding: .utf8) == own.outcome.prompt)
    }
    let outcomes = report.searches.compactMap { $0[.dualPhase]?.outcome }
    #expect(report.steps == outcomes.reduce(0) { $0 + $1.steps })
    #expect(report.targetCalls == outcomes.reduce(0) { $0 + $1.targetCalls })
    #expect(report.generatorCalls == outcomes.reduce(0) { $0 + $1.generatorCalls })
    #expect(report.prompt == outcomes[0].prompt)
    #expect(report.trace.map(\.trial) == outcomes.flatMap(\.trials))
    let rows = report.comparison.filter { $0.target == "all" }
    #expect(
      rows.map(\.method) == ["original", "dualPhase", "uniform", "bestOfRandom", "ape"])
    for row in rows {
      #expect(row.searches == 2 && abs(report.final - row.fresh - row.dualPhaseMinus.mean) < 1e-9)
    }
    #expect(report.comparison.count == 2 * rows.count)
    let events = said.withLock { $0 }
    #expect(events.first == "began" && events.last == "ended")
    // Each method is judged before the next one begins; only baselines tell what they scored.
    let heads = events.filter { $0 != "began" && $0 != "ended" }
    let runs = heads.indices.filter { $0 == 0 || heads[$0] != heads[$0 - 1] }.map { heads[$0] }
    let each = ["dualPhase", "judged", "uniform", "judged"]
    #expect(
      runs
        == Array(
          repeating: each + ["bestOfRandom scored", "judged", "ape scored", "judged"], count: 2
        ).flatMap(\.self))
    #expect(report.settings.methods == OptimizationMethod.allCases)
    #expect(report.settings.repeats == 2 && report.version == Run.version)
  }

  private static func name(of event: OptimizationEvent) -> String {
    switch event {
    case .began: "began"
    case .search(_, let method, _): method.rawValue
    case .scored(_, let method, let calls, let limit, let best):
      calls > (limit ?? 0) || !(0...1).contains(best) ? "wrong" : "\(method.rawValue) scored"
    case .judged: "judged"
    case .ended: "ended"
    case .failed: "failed"
    }
  }

  /// The contract of the command line.
  @Test func theJSONHasTheFieldsOfTheContract() async throws {
    let world = try OptimizationWorld()
    let run = try world.open("json")
    _ = try await run.optimize()
    let data = try Data(contentsOf: run.folder.optimizationFile)
    let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let fields = [
      "initial", "final", "original", "steps", "generatorCalls", "targetCalls", "prompt", "trace",
    ]
    for field in fields { #expect(json[field] != nil, "\(field)") }
  }

  /// What was found is not asked for again, and is found again.
  @Test func aSecondTimeNothingIsAsked() async throws {
    let world = try OptimizationWorld()
    let first = try await world.open("twice").optimize()
    let calls = try world.number("twice", "SELECT sum(calls) FROM call")
    let again = try world.open("twice", OptimizationWorld.amber, .resume)
    #expect(try await again.optimize() == first)
    #expect(try world.number("twice", "SELECT sum(calls) FROM call") == calls)
    let other = try await world.open("other", settings: ["seed=2"]).optimize()
    #expect(other.searches[0].originalPrompt != first.searches[0].originalPrompt)
  }

  /// Every prompt that was scored on all validation examples is a candidate of its original.
  @Test func whatWasScoredIsTrainingData() async throws {
    let world = try OptimizationWorld()
    let run = try world.open("bridge")
    let report = try await run.optimize(methods: [.dualPhase, .bestOfRandom])
    let search = report.searches[0]
    let ranking = try #require(try run.store.rankings(target: 1).first)
    #expect(ranking.originalText == search.originalPrompt)
    let scored = search.methods.flatMap(\.outcome.scored)
    #expect(
      Set(ranking.candidates.map(\.text))
        == Set(scored.map(\.text)).filter {
          run.configuration.guards.violation(original: search.originalPrompt, rewritten: $0) == nil
        })
    for candidate in ranking.candidates {
      let score = try #require(scored.first { $0.text == candidate.text }).score
      #expect(abs(candidate.mean - score) < 1e-9 && candidate.sharedCount == 8)
    }
    let pair = try #require(try run.store.pairs(target: 1).first)
    let original = try #require(search.methods.compactMap(\.outcome.original).first)
    let chosen = search.methods.first { $0.outcome.prompt == pair.chosenText }
    #expect(
      abs(pair.optimum.searchGain - (chosen?.outcome.final ?? original) + original) < 1e-9)
    #expect(abs(pair.optimum.freshGain - (chosen?.overOriginal.mean ?? 0)) < 1e-9)
    #expect(try run.store.leaks(target: 1).isEmpty)
  }

  @Test func aPromptOfTheUsersOwn() async throws {
    let world = try OptimizationWorld()
    let text = "Is this review good or bad? Read it twice.\n\n{{text}}\n\nVerdict:"
    let run = try world.open("own", settings: ["optimize.prompt=\(OptimizationWorld.quoted(text))"])
    let report = try await run.optimize()
    let search = report.searches[0]
    #expect(search.originalPrompt == text && search.keptFromTraining == nil)
    #expect(search[.dualPhase]?.outcome.prompt.contains("good") == true)
    #expect(try run.store.rankings(target: 1).map(\.originalText) == [text])
  }

  /// A prompt that is nearly an evaluated one may be improved, but nothing of it is learned from.
  @Test func aPromptLikeAnEvaluatedOneIsNotTrainedOn() async throws {
    let world = try OptimizationWorld()
    let pool = try world.open("pool").pool.tasks[0]
    let held = try #require(pool.prompts(.test).first { $0.heldOut == .family }).prompt
    for (name, text) in [("same", held.text), ("near", held.text + " ")] {
      let run = try world.open(
        name, settings: ["optimize.prompt=\(OptimizationWorld.quoted(text))"])
      let report = try await run.optimize()
      #expect(report.searches[0].keptFromTraining == "it is nearly a prompt that is held out")
      #expect(report.searches[0].originalPrompt == text)
      #expect(report.notices.contains { $0.hasPrefix("the prompt is not trained on: ") })
      #expect(try run.store.leaks(target: 1).isEmpty)
      for table in ["candidate", "optimum", "comparison"] {
        #expect(try world.number(name, "SELECT count(*) FROM \(table)") == 0, "\(table)")
      }
      // What was found for it is no candidate of any other prompt either.
      let next = try world.open(name, OptimizationWorld.amber, .resume)
      _ = try await next.optimize()
      #expect(try next.store.rankings(target: 1).count == 1 && next.store.leaks(target: 1).isEmpty)
    }
  }

  @Test(arguments: [
    ("optimize.repeats=0", "'optimize.repeats' is 0, but at least 1 is needed"),
    ("optimize.callLimit=3", "'optimize.callLimit' is 3, which does not pay for the first prompt"),
    ("optimize.methods=[uniform]", "'optimize.methods' must have dualPhase in it"),
    ("optimize.dualPhase.alpha=2", "'optimize.dualPhase.alpha' is 2"),
    ("optimize.limits.minimumLengthRatio=20", "'optimize.limits.minimumLengthRatio' is 20"),
    ("optimize.baselines.ape.population=1", "'optimize.baselines.ape.population' is 1"),
    ("optimize.generator={source: rewriter}", "'optimize.generator.temperature' is missing"),
    ("optimize.generator={source: server}", "'optimize.generator.writer' is missing"),
    ("optimize.generator={source: rules, path: x}", "'optimize.generator.path' is for source"),
    ("optimize.prompt=' '", "'optimize.prompt' is empty"),
    ("optimize.budgetFactor=0.05", "is 0.05, outside 0.1 to 1000"),
  ])
  func aWrongSettingIsSaid(setting: String, words: String) async throws {
    let configuration = try OptimizationWorld().configuration([setting])
    let error = #expect(throws: ConfigurationError.self) {
      _ = try configuration.optimizeSettings()
    }
    #expect("\(error.map { "\($0)" } ?? "")".contains(words), "\(error as Any)")
  }

  @Test func aMissingSectionIsSaid() throws {
    var configuration = try OptimizationWorld().configuration()
    configuration.optimize = nil
    try configuration.validate()
    #expect(
      throws: ConfigurationError.invalid(
        key: "optimize", reason: "is not there: Configs/quickstart.yaml has one")
    ) {
      _ = try configuration.optimizeSettings()
    }
  }

  @Test func wrongNamesAreSaid() async throws {
    let world = try OptimizationWorld()
    let run = try world.open("names")
    for (target, task, words) in [
      ("ambre", "sentiment", "'targets' has no 'ambre', did you mean 'amber'?"),
      ("amber", "topic", "'tasks' has no 'topic', only 'sentiment'"),
    ] {
      let error = await #expect(throws: ConfigurationError.self) {
        _ = try await run.optimize(target: target, task: task)
      }
      #expect("\(error.map { "\($0)" } ?? "")".contains(words), "\(error as Any)")
    }
    #expect(try world.number("names", "SELECT count(*) FROM feedback") == 0)
  }

  /// What cannot work is known before there is a run folder, in the plan too.
  @Test(arguments: [
    (
      "optimize.prompt=\"Judge {{line}}.\"", nil, nil,
      "'optimize.prompt' has the placeholder {{line}}, but task 'sentiment' has only {{text}}"
    ),
    ("optimize.repeats=1", "ambre", nil, "'targets' has no 'ambre'"),
    ("optimize.repeats=1", nil, "topic", "'tasks' has no 'topic'"),
    (
      "optimize.generator={source: rewriter, temperature: 1.0}", nil, nil,
      "'optimize.generator.path' is not set, and the run has not trained a rewriter for 'amber'"
    ),
    (
      "optimize.generator={source: rewriter, temperature: 1.0, path: nowhere/model}", nil, nil,
      "'optimize.generator.path' names "
    ),
    (
      "optimize.generator={source: server, writer: {server: {model: m, api: chat, endpoints: "
        + "[{url: 'http://localhost:1/v1', keyVariable: NO_SUCH_KEY_IS_SET}]}, temperature: 1.0, "
        + "maximumTokens: 8}}", nil, nil, "'optimize.generator.writer' cannot be used: "
    ),
  ])
  func nothingBeginsWhereItCannotEnd(
    setting: String, target: String?, task: String?, words: String
  ) async throws {
    let world = try OptimizationWorld()
    let configuration = try world.configuration([setting])
    let folder = RunFolder(world.tiny.url("unopened"))
    let error = #expect(throws: ConfigurationError.self) {
      try configuration.checkOptimization(folder, data: nil, target: target, task: task)
    }
    #expect("\(error.map { "\($0)" } ?? "")".contains(words), "\(error as Any)")
    await #expect(throws: ConfigurationError.self) {
      _ = try await configuration.planOptimization(folder, data: nil, target: target, task: task)
    }
    #expect(!FileManager.default.fileExists(atPath: folder.url.path))
  }

  @Test func thePlanBoundsWhatIsAsked() async throws {
    let world = try OptimizationWorld()
    let configuration = try world.configuration(["optimize.repeats=2"])
    let methods: [OptimizationMethod] = [.dualPhase, .uniform, .ape]
    let folder = RunFolder(world.tiny.url("planned"))
    let plan = try await configuration.planOptimization(folder, data: nil, methods: methods)
    #expect(!FileManager.default.fileExists(atPath: folder.url.path))
    #expect(plan.stages.map(\.stage) == ["optimize"] && plan.generatorCalls > 0)
    // 1 draft, the original and 8 trials on 8 examples; APE twice that; 1 + 2 + 2 + 1 on 10 fresh.
    #expect(plan.calls == 2 * (80 + 80 + 160 + 60))
    let report = try await world.open("bounded", settings: ["optimize.repeats=2"])
      .optimize(methods: methods)
    let asked = try world.number("bounded", "SELECT sum(calls) FROM call")
    #expect(asked <= plan.calls && report.targetCalls <= 2 * 80)
    let written = report.searches.flatMap(\.methods).reduce(0) { $0 + $1.outcome.generatorCalls }
    #expect(written > 0 && written <= plan.generatorCalls)
  }

  /// Rules write no proposals: the plan has none either, and their calls are no calls of the budget.
  @Test func thePlanIsOfWhatRuns() async throws {
    let world = try OptimizationWorld()
    let folder = RunFolder(world.tiny.url("planned"))
    let without = OptimizationMethod.allCases.filter { $0 != .opro }
    let some = try await world.configuration().planOptimization(
      folder, data: nil, methods: without)
    let all = try await world.configuration(["budget.callsPerRun=\(some.calls)"])
      .planOptimization(folder, data: nil, methods: OptimizationMethod.allCases)
    #expect(all.calls == some.calls && all.generatorCalls == some.generatorCalls)
    #expect(all.assumptions.contains { $0.hasPrefix("opro was left out: ") } && all.money == 0)
    #expect(all.warnings.isEmpty)
  }

  /// Targets share the prompt and the examples of a task and repeat: they are drawn together.
  @Test func targetsOfOneSearchAreDrawnTogether() async throws {
    let world = try OptimizationWorld()
    let both = OptimizationWorld.shipped("amber") + ", " + OptimizationWorld.shipped("birch")
    let report = try await world.open("both", both, settings: ["optimize.repeats=2"]).optimize()
    #expect(report.searches.count == 4)
    let gains = (1...2).map { repetition in
      let own = report.searches.filter { $0.place.repetition == repetition }
        .compactMap { $0[.dualPhase]?.overOriginal.mean }
      return own.reduce(0, +) / Double(own.count)
    }.sorted()
    let interval = try #require(report.comparison.first { $0.method == "original" }).dualPhaseMinus
    #expect(abs(interval.low - gains[0]) < 1e-9 && abs(interval.high - gains[1]) < 1e-9)
  }
}
