import Foundation
import Rewriting
import TestSupport
import Testing

/// `mapo rewrite` and `mapo export` with a rewriter whose quality does not matter.
@Suite(.serialized) struct RewriteTests {
  /// The world with a run whose rewriter is exported.
  static let training = Task {
    let world = try await TrainedWorld.world()
    let run = try await world.mapo("run", "tiny.yaml", "--run", "rewriting")
    try #require(run.status == 0, "\(run.errors)")
    return world
  }

  static let rewriter = "rewriting/export/amber"
  private let rewriter = RewriteTests.rewriter

  private static let prompts = [
    "Judge the feeling of the text. Choose from positive, negative.\nText: {{text}}\nAnswer:",
    String(repeating: "Please say whether this is good or bad. ", count: 250), "", " \t ",
    "{{text}}", "  {{a}} {{b}}:", "请判断{{text}}的情感:正面或负面。", "صنّف النص {{text}}: إيجابي أو سلبي",
    "🙂 or 🙁? {{text}} 👩‍👩‍👧‍👦", "Say \"yes\" or \"no\": {{q}} — it's 'quoted', «so», „so“.",
    "{ {{ }} } {{{text}}} {{", "bell \u{7} null \u{0} escape \u{1B}[31m {{text}} \u{200B}\u{FFFD}",
    #"{"task": "sentiment", "input": "{{text}}", "n": 3.5}"#,
    "Use at most 12 words, 3.5 lines and 2 labels (good, bad) for {{text}} and {{other}}.",
    "<|answer|><|endoftext|><|pad|> {{text}}", "This is a classification task.\n{{text}}",
    "\n\n\n", "a", "é", "\u{301}\u{301}", "{{text}}\r\nIs it good?\r\n",
  ]

  @Test(arguments: prompts)
  func anyPrompt(_ prompt: String) async throws {
    let world = try await Self.training.value
    // The null character cannot be part of an argument.
    let prompt = prompt.replacingOccurrences(of: "\u{0}", with: "")
    let outcome = try await world.mapo("rewrite", "--rewriter", rewriter, "--json", "--", prompt)
    #expect(outcome.status == 0 && !outcome.wasKilled, "\(outcome.errors)")
    try check(outcome.output, of: prompt)
    let plain = try await world.mapo("rewrite", "--rewriter", rewriter, "--", prompt)
    let rewrite = try JSONDecoder().decode(Rewrite.self, from: Data(outcome.output.utf8))
    #expect(plain.status == 0 && plain.output == rewrite.rewritten + "\n")
    #expect(plain.errors == (rewrite.reason.map { "kept the original: \($0)\n" } ?? ""))
  }

  @Test func lines() async throws {
    let world = try await Self.training.value
    let lines = (0..<10).flatMap { _ in
      Self.prompts.filter { $0.allSatisfy { !$0.isNewline } }
    }
    let outcome = try await world.mapo(
      "rewrite", "--rewriter", rewriter, "--json", input: lines.joined(separator: "\n"))
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    let output = outcome.output.split(separator: "\n")
    #expect(output.count == lines.count)
    for (line, prompt) in zip(output, lines) { try check(String(line), of: prompt) }
    let nothing = try await world.mapo("rewrite", "--rewriter", rewriter)
    #expect(nothing.status == 0 && nothing.output.isEmpty)
  }

  @Test func oneLineForEachLine() async throws {
    let world = try await Self.training.value
    let lines = ["Is {{x}} good?", "", "{{x}}", "Is {{y}} bad?\r", "last"]
    let outcome = try await world.mapo(
      "rewrite", "--rewriter", rewriter, input: lines.joined(separator: "\n"))
    #expect(outcome.status == 0)
    let output = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(output.count == lines.count + 1 && output.last == "")
    #expect(output[1] == "" && output[2] == "{{x}}" && output[3].contains("{{y}}"))
    #expect(outcome.errors.contains("line 2: kept the original: the prompt is empty\n"))
    #expect(outcome.errors.contains("line 3: kept the original: the prompt has only placeholders"))
  }

  @Test func hostileLines() async throws {
    let world = try await Self.training.value
    let odd = "printf 'Is \\xff\\xe2\\x82 {{x}}?\\n'"
    let long = "head -c 3000000 /dev/zero | tr '\\0' a; echo; echo 'Is {{x}} good?'"
    let outcome = try await Command.run(
      ["rewrite", "--rewriter", rewriter, "--json"], in: world.folder,
      underLimit: "exec < <(\(odd); \(long))")
    #expect(outcome.status == 1)
    #expect(
      outcome.errors
        == "Error: 1 of the lines was refused: it has more than 1048576 bytes\n")
    let answers = try outcome.output.split(separator: "\n").map {
      try JSONDecoder().decode(Rewrite.self, from: Data($0.utf8))
    }
    // Two wrong bytes, and a character without its end, as in Python's errors="replace".
    #expect(answers.map(\.original) == ["Is \u{FFFD}\u{FFFD} {{x}}?", "", "Is {{x}} good?"])
    #expect(answers[1].reason == "the line has more than 1048576 bytes")
  }

  /// The second line is only sent when the first is answered.
  @Test func aLineIsAnsweredAtOnce() async throws {
    let world = try await Self.training.value
    let wait = "for i in $(seq 600); do [ -s answer ] && echo second && break; sleep 0.05; done"
    let outcome = try await Command.run(
      ["rewrite", "--rewriter", rewriter, "--json"], in: world.folder,
      underLimit: "rm -f answer; exec < <(echo first; \(wait)) > answer")
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    let answers = try world.text("answer").split(separator: "\n")
    #expect(answers.count == 2)
  }

  @Test func whoeverReadsMayLeave() async throws {
    let world = try await Self.training.value
    let arguments = ["rewrite", "--rewriter", rewriter, "--json"]
    let lines = String(repeating: "\n", count: 20_000)
    let left = try await Command.run(
      arguments, in: world.folder, input: lines,
      underLimit: "exec > >(head -n 1 > /dev/null)")
    #expect(left.status == 0 && left.errors.isEmpty)
    let full = try await Command.run(
      arguments, in: world.folder, input: lines, underLimit: "exec > /dev/full")
    #expect(full.status == 1)
    #expect(full.errors == "Error: cannot write the answers: No space left on device\n")
  }

  @Test func rankedChoices() async throws {
    let world = try await Self.training.value
    let prompt = "Is {{x}} good or bad?"
    for options in [["--beams", "3"], ["--temperature", "0.8", "--seed", "2"], ["--constrain"]] {
      let arguments = ["rewrite", "--rewriter", rewriter, prompt] + options
      let one = try await world.mapo(arguments + ["--json"])
      try check(one.output, of: prompt)
      let best = try await world.mapo(arguments + ["--best", "3"])
      let choices = best.output.split(separator: "\n").map(String.init)
      #expect(best.status == 0 && best.errors.isEmpty && (1...4).contains(choices.count))
      #expect(choices.contains(prompt))
      let ranking = try await world.mapo(arguments + ["--best", "3", "--json"])
      let fields = try #require(
        JSONSerialization.jsonObject(with: Data(ranking.output.utf8)) as? [String: Any])
      #expect(fields["original"] as? String == prompt)
      #expect((fields["choices"] as? [[String: Any]])?.count == choices.count)
    }
    for (options, sentence) in [
      (["--beams", "0"], "--beams and --best must be from 1 to 64"),
      (["--best", "65"], "--beams and --best must be from 1 to 64"),
      (["--temperature=-1"], "--temperature is -1.0; it must be a number of at least 0"),
      (["--beams", "2", "--temperature", "1"], "--beams and --temperature exclude each other"),
    ] {
      let wrong = try await world.mapo(["rewrite", "--rewriter", rewriter, prompt] + options)
      #expect(wrong.status == 2 && wrong.output.isEmpty && wrong.errors.contains(sentence))
    }
  }

  @Test func reasonsToKeep() async throws {
    let world = try await Self.training.value
    let long = String(repeating: "Is it good or bad? ", count: 600)
    for (prompt, reason) in [
      ("", "the prompt is empty"), ("{{text}}", "the prompt has only placeholders"),
    ] {
      let outcome = try await world.mapo("rewrite", "--rewriter", rewriter, prompt)
      #expect(outcome.output == prompt + "\n" && outcome.errors == "kept the original: \(reason)\n")
    }
    let outcome = try await world.mapo("rewrite", "--rewriter", rewriter, long)
    #expect(outcome.output == long + "\n")
    #expect(outcome.errors.hasPrefix("kept the original: the prompt has "))
    #expect(outcome.errors.hasSuffix(" tokens; the rewriter reads at most 128\n"))
  }

  @Test func kinds() async throws {
    let world = try await Self.training.value
    for kind in PromptKind.allCases {
      let outcome = try await world.mapo(
        "rewrite", "--rewriter", rewriter, "--kind", kind.rawValue, "Name the city: {{record}}")
      #expect(outcome.status == 0 && outcome.output.contains("{{record}}"))
    }
    let wrong = try await world.mapo("rewrite", "--rewriter", rewriter, "--kind", "poem", "x")
    #expect(wrong.status == 2 && wrong.output.isEmpty)
    #expect(wrong.errors.contains("The value 'poem' is invalid for '--kind <kind>'"))
  }

  @Test func foldersThatAreNoRewriters() async throws {
    let world = try await Self.training.value
    let noRewriter =
      "': it is no exported rewriter (guards.json is missing); 'mapo export' makes one"
    for (folder, sentence) in [
      ("missing", "/config.json': there is no such file"),
      ("missing.gguf", "': there is no such file"),
      ("targets/amber", noRewriter), ("rewriting/rl/amber", noRewriter),
      ("rewriting/reward/amber", noRewriter),
    ] {
      let outcome = try await world.mapo("rewrite", "--rewriter", folder, "hello")
      #expect(outcome.status == 1 && outcome.output.isEmpty)
      #expect(
        outcome.errors
          == "Error: cannot read checkpoint '\(world.url(folder).path)\(sentence)\n")
    }
  }

  @Test func help() async throws {
    let world = try await Self.training.value
    let help = try await world.mapo("rewrite", "--help").output
    #expect(help.contains("written as \\n there") && !help.contains("\\\n"))
  }

  @Test func exporting() async throws {
    let world = try await Self.training.value
    let arguments = ["--format", "hf", "--output", "exported"]
    let done = try await world.mapo(["export", "rewriting/sft/birch", "--json"] + arguments)
    #expect(done.status == 0)
    let printed = try #require(
      JSONSerialization.jsonObject(with: Data(done.output.utf8)) as? [String: Any])
    #expect(Set(printed.keys) == ["output", "format", "type", "parity"])
    let parity = try #require(printed["parity"] as? [String: Double])
    #expect(parity == ["prompts": 12, "same": 12, "meanDivergence": 0])
    let good = try contents(of: world.url("exported"))
    #expect(
      Set(good.keys) == [
        "/README.md", "/config.json", "/generation_config.json", "/guards.json",
        "/model.safetensors", "/tokenizer.json", "/tokenizer_config.json",
      ])
    for (source, sentence) in [
      ("targets/none", "none/config.json': there is no such file"),
      ("rewriting/sft/cedar", "cedar/config.json': there is no such file"),
      ("rewriting/reward/amber", "cannot be exported: it is a reward model"),
    ] {
      let outcome = try await world.mapo(["export", source] + arguments)
      #expect(outcome.status != 0 && outcome.output.isEmpty)
      #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
      #expect(try contents(of: world.url("exported")) == good, "the good one survives")
    }
    try world.write("dear diary", to: "private/diary.txt")
    for output in [
      "private", "private/diary.txt", "rewriting/sft/birch", "rewriting/sft/birch/inside",
      "rewriting", "rewriting/rl/amber", ".",
    ] {
      let outcome = try await world.mapo(
        "export", "rewriting/sft/birch", "--format", "hf", "--output", output)
      #expect(outcome.status == 2 && outcome.errors.contains(" is not replaced: "), "\(output)")
    }
    #expect(try world.text("private/diary.txt") == "dear diary")
    let half = try await world.mapo(
      ["export", "rewriting/sft/birch", "--type", "bf16"] + arguments)
    #expect(half.status == 0 && half.output.hasPrefix("Wrote exported: "))
    let rewritten = try await world.mapo("rewrite", "--rewriter", "exported", "Is {{x}} good?")
    #expect(rewritten.status == 0)
    #expect(try names(in: world.folder).filter { $0.hasPrefix("exported") } == ["exported"])
  }

  /// One file has the weights, the tokenizer, the format and the guards.
  @Test(arguments: ["f32", "bf16", "f16", "q8_0"])
  func exportingOneFile(_ type: String) async throws {
    let world = try await Self.training.value
    let file = "one-\(type).gguf"
    let arguments = ["export", rewriter, "--format", "gguf", "--type", type, "--output", file]
    let first = try await world.mapo(arguments)
    #expect(first.status == 0 && first.output.hasPrefix("Wrote \(file): "), "\(first.errors)")
    let bytes = try Data(contentsOf: world.url(file))
    let again = try await world.mapo(arguments)
    #expect(try again.status == 0 && Data(contentsOf: world.url(file)) == bytes)
    let prompt = "Is {{text}} good or bad?"
    let expected = try await world.mapo("rewrite", "--rewriter", rewriter, prompt)
    let found = try await world.mapo("rewrite", "--rewriter", file, prompt)
    #expect(found.status == 0)
    if type == "f32" { #expect(found.output == expected.output) }
  }

  @Test func exportingATarget() async throws {
    let world = try await Self.training.value
    let file = "target.gguf"
    for (format, output) in [("hf", "target"), ("gguf", file)] {
      let done = try await world.mapo(
        "export", "targets/amber", "--format", format, "--output", output)
      #expect(done.status == 0, "\(done.errors)")
    }
    let configuration = try world.text("target/tokenizer_config.json")
    #expect(configuration.contains("<|answer|>"), "the chat template ends with the answer token")
    let noRewriter = try await world.mapo("rewrite", "--rewriter", file, "hello")
    #expect(noRewriter.status == 1 && noRewriter.output.isEmpty)
    try world.write("not a model", to: "mine.gguf")
    for output in ["mine.gguf", "targets/birch"] {
      let refused = try await world.mapo(
        "export", "targets/amber", "--format", "gguf", "--output", output)
      #expect(refused.status == 2 && refused.errors.contains(" is not replaced: "))
    }
    #expect(try world.text("mine.gguf") == "not a model")
    let wrongType = try await world.mapo(
      "export", "targets/amber", "--format", "hf", "--type", "q8_0", "--output", "quantised")
    #expect(wrongType.status == 2 && wrongType.errors.contains("--type q8_0 is for --format gguf"))
  }

  /// One JSON object of the shape in the contract, which keeps what must be kept.
  private func check(_ line: String, of prompt: String) throws {
    let fields = try #require(
      JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    let keys: Set = ["original", "rewritten", "kept", "reason", "tokens", "milliseconds"]
    #expect(Set(fields.keys) == keys)
    let rewrite = try JSONDecoder().decode(Rewrite.self, from: Data(line.utf8))
    #expect(rewrite.original == prompt)
    #expect(rewrite.kept == (rewrite.reason != nil))
    if rewrite.kept { #expect(rewrite.rewritten == prompt) }
    let (before, after) = (ProtectedSpans(of: prompt), ProtectedSpans(of: rewrite.rewritten))
    #expect(after.placeholders == before.placeholders)
    #expect(Set(after.numbers).isSuperset(of: before.numbers))
    for label in before.labels {
      #expect(rewrite.rewritten.lowercased().contains(label.lowercased()))
    }
  }
}
