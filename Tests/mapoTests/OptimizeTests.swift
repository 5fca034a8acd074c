import Foundation
import LocalServer
import TestSupport
import Testing

/// `mapo optimize` through the real program, on a target that ships with the project.
@Suite(.serialized) struct OptimizeTests {
  private static let amber =
    "targets=[{name: amber, folder: \"\(TinyWorld.packageRoot.path)/Checkpoints/targets/amber\"}]"
  private static let settings = [
    "optimize.validationExamples=12", "optimize.freshExamples=10", "optimize.dualPhase.steps=2",
    "optimize.dualPhase.trialsPerStep=3", "optimize.dualPhase.drafts=1", "optimize.repeats=1",
    "evaluation.resamples=50",
  ]

  private func optimize(
    _ world: TinyWorld, _ run: String, _ arguments: [String],
    environment: [String: String?] = [:]
  ) async throws -> Command.Outcome {
    try await Command.run(
      ["optimize", "tiny.yaml", "--run", run]
        + ([Self.amber] + Self.settings).flatMap { ["--set", $0] } + arguments,
      in: world.folder, environment: environment)
  }

  @Test func aSearchFromItsCommandToItsFiles() async throws {
    let world = try TinyWorld()
    let done = try await optimize(world, "found", ["--task", "lookup", "--json"])
    try #require(done.status == 0, "\(done.errors)")
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(done.output.utf8)) as? [String: Any])
    for key in ["initial", "final", "original"] { #expect(report[key] is Double, "\(key)") }
    for key in ["steps", "generatorCalls", "targetCalls"] { #expect(report[key] is Int, "\(key)") }
    let prompt = try #require(report["prompt"] as? String)
    #expect(prompt.contains("{{record}}") && report["trace"] is [Any])
    let kept = try Data(contentsOf: world.url("found/optimize/report.json"))
    #expect(
      try JSONSerialization.jsonObject(with: kept) as? NSDictionary == report as NSDictionary)
    let file = try world.text("found/optimize/amber-lookup.txt")
    #expect(file == prompt)
    #expect(done.errors.contains("step 1, trial 1") && !done.errors.contains("\u{1B}"))
    #expect(done.errors.contains("optimize  0 %") && done.errors.contains("optimize  100 %"))

    // All of it is stored: the same is found again, and shown to people instead of programs.
    let again = try await optimize(world, "found", ["--task", "lookup"])
    try #require(again.status == 0, "\(again.errors)")
    #expect(again.output.contains("amber-lookup.txt") && again.output.contains("dualPhase"))
    #expect(again.output.hasSuffix("mapo report found shows it\n"))
    #expect(again.output.contains(prompt.split(separator: "\n").first ?? "?"))
    #expect(try Data(contentsOf: world.url("found/optimize/report.json")) == kept)
  }

  @Test func allMethodsSideBySide() async throws {
    let world = try TinyWorld()
    let done = try await optimize(world, "methods", ["--task", "lookup", "--compare"])
    try #require(done.status == 0, "\(done.errors)")
    for method in ["original", "dualPhase", "uniform", "bestOfRandom", "ape"] {
      #expect(done.output.contains(method), "\(method)")
    }
    #expect(done.output.contains("Dual-Phase − method"))
    #expect(done.output.components(separatedBy: "opro was left out").count == 2)

    // While it runs each method has a heading, and ends with what it found.
    let lines = done.errors.split(separator: "\n")
    for (method, works) in [
      ("dualPhase", "generator calls"), ("uniform", "generator calls"),
      ("bestOfRandom", "target calls, best"), ("ape", "target calls, best"),
    ] {
      let heading = "amber, lookup: \(method)"
      #expect(lines.count { $0 == heading } == 1, "\(method)")
      let own = lines.drop { $0 != heading }.dropFirst().prefix { $0.hasPrefix("  ") }
      #expect(own.contains { $0.contains(works) }, "\(method)")
      #expect(own.last?.contains("fresh examples:") == true, "\(method)")
    }
  }

  @Test func whatIsNotTrainedOnIsSaidOnce() async throws {
    let world = try TinyWorld()
    try world.write("Assess this: is it good or bad? {{text}}", to: "held.txt")
    let done = try await optimize(world, "held", ["--task", "sentiment", "--prompt", "held.txt"])
    try #require(done.status == 0, "\(done.errors)")
    #expect(done.output.components(separatedBy: "not trained on").count == 2, "\(done.output)")
  }

  /// Whatever a prompt holds, a terminal gets no control sequence but the program's own colours.
  @Test func nothingInAPromptReachesTheTerminal() async throws {
    let world = try TinyWorld()
    let hostile = "Is it \u{1B}]0;owned\u{7}\u{1B}[2J good or bad?\u{202E}\r\nSay \u{9B}5A so."
    try world.write(hostile + " {{text}}\n", to: "hostile.txt")
    let arguments = ["--task", "sentiment", "--prompt", "hostile.txt"]
    let plain = try await optimize(world, "hostile", arguments)
    try #require(plain.status == 0, "\(plain.errors)")
    for text in [plain.output, plain.errors] {
      let isControl: (Unicode.Scalar) -> Bool = {
        ($0.properties.generalCategory == .control && $0 != "\n") || $0 == "\u{202E}"
      }
      #expect(!text.unicodeScalars.contains(where: isControl))
    }
    #expect(plain.errors.contains("\\u{1B}]0;owned\\u{7}"))
    let colored = try await optimize(
      world, "hostile", arguments, environment: ["CLICOLOR_FORCE": "1", "NO_COLOR": nil])
    #expect(colored.errors.contains("\u{1B}[1m"))
    #expect(!colored.errors.contains("\u{1B}]0;") && !colored.errors.contains("\u{1B}[2J"))
    let refused = try await optimize(
      world, "hostile", arguments, environment: ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"])
    #expect(!refused.errors.contains("\u{1B}"))
    #expect(!refused.output.contains("\u{1B}"))
  }

  @Test func wrongUsageIsOneSentence() async throws {
    let world = try TinyWorld()
    try world.write("\n \n", to: "blank.txt")
    try world.write("Good or bad? {{text}}", to: "own.txt")
    try world.write("Good or bad? {{review}}", to: "field.txt")
    let cases: [(arguments: [String], words: String)] = [
      (["--task", "nosuch"], "nosuch"), (["--target", "nosuch"], "nosuch"),
      (["--prompt", "own.txt"], "name one of them"),
      (["--task", "lookup", "--prompt", "nosuch.txt"], "nosuch.txt"),
      (["--task", "lookup", "--prompt", "blank.txt"], "blank.txt has no text"),
      (["--task", "sentiment", "--prompt", "field.txt"], "review"),
      (["--set", "optimize=null"], "optimize"),
      (["--set", "optimize.dualPhase.alpha=2"], "optimize.dualPhase.alpha"),
    ]
    for (arguments, words) in cases {
      let refused = try await optimize(world, "wrong", arguments)
      #expect(refused.status == 2, "\(arguments): \(refused.errors)")
      #expect(refused.errors.contains(words), "\(arguments): \(refused.errors)")
      #expect(!FileManager.default.fileExists(atPath: world.url("wrong").path), "\(arguments)")
    }
  }

  @Test func aPlanSendsNothing() async throws {
    let world = try TinyWorld()
    let plan = try await optimize(world, "planned", ["--plan", "--json"])
    try #require(plan.status == 0, "\(plan.errors)")
    let printed = try #require(
      JSONSerialization.jsonObject(with: Data(plan.output.utf8)) as? [String: Any])
    #expect((printed["calls"] as? Int ?? 0) > 0)
    #expect(!FileManager.default.fileExists(atPath: world.url("planned").path))
    let shown = try await optimize(world, "planned", ["--plan", "--task", "lookup"])
    #expect(shown.status == 0 && shown.output.contains("optimize"), "\(shown.errors)")
  }

  /// Killed in the midst of its calls, or interrupted, it finds what an undisturbed search finds.
  @Test func aKilledSearchGoesOn() async throws {
    let world = try ServedWorld()
    let server = try await ServedWorld.server()
    let run = { (name: String, signal: Int32?) in
      let target =
        "targets=[{name: served, server: "
        + "{model: words, api: chat, endpoints: [{url: \"\(server.url)\"}]}}]"
      let begun = server.record.total
      return try await Command.run(
        ["optimize", "served.yaml", "--run", name, "--task", "sentiment"]
          + ([target] + Self.settings).flatMap { ["--set", $0] },
        in: world.tiny.folder
      ) { process in
        guard let signal else { return }
        while process.isRunning, server.record.total < begun + 15 {
          Thread.sleep(forTimeInterval: 0.002)
        }
        if process.isRunning { Foundation.kill(process.processIdentifier, signal) }
      }
    }
    let whole = try await run("whole", nil)
    try #require(whole.status == 0, "\(whole.errors)")
    #expect(try await run("killed", SIGKILL).wasKilled)
    let interrupted = try await run("killed", SIGINT)
    #expect(interrupted.status == 130, "\(interrupted.errors)")
    let resumed = try await run("killed", nil)
    try #require(resumed.status == 0, "\(resumed.errors)")
    #expect(
      try world.tiny.text("killed/optimize/report.json")
        == world.tiny.text("whole/optimize/report.json"))
  }
}
