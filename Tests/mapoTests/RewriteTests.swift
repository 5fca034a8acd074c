import Foundation
import Rewriting
import TestSupport
import Testing

/// `mapo rewrite` and `mapo export` with a rewriter whose quality does not matter.
@Suite(.serialized) struct RewriteTests {
  private static let training = Task {
    let world = try await TrainedWorld.world()
    let run = try await world.mapo("run", "tiny.yaml", "--run", "rewriting")
    try #require(run.status == 0, "\(run.errors)")
    return world
  }

  private let rewriter = "rewriting/export/amber"

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
    for (folder, sentence) in [
      ("missing", "config.json': there is no such file"),
      ("targets/amber", "guards.json': an exported rewriter has its guards here"),
      ("rewriting/reward/amber", "guards.json': an exported rewriter has its guards here"),
    ] {
      let outcome = try await world.mapo("rewrite", "--rewriter", folder, "hello")
      #expect(outcome.status == 1 && outcome.output.isEmpty)
      #expect(
        outcome.errors
          == "Error: cannot read checkpoint '\(world.url(folder).path)/\(sentence)\n")
    }
  }

  @Test func exporting() async throws {
    let world = try await Self.training.value
    let arguments = ["--format", "hf", "--output", "exported"]
    let done = try await world.mapo(["export", "rewriting/sft/birch", "--json"] + arguments)
    #expect(done.status == 0)
    let printed =
      try JSONSerialization.jsonObject(with: Data(done.output.utf8)) as? [String: String]
    #expect(printed == ["output": "exported", "format": "hf", "type": "f32"])
    let good = try contents(of: world.url("exported"))
    #expect(
      Set(good.keys) == [
        "/README.md", "/config.json", "/generation_config.json", "/guards.json",
        "/model.safetensors", "/tokenizer.json", "/tokenizer_config.json",
      ])
    for (source, sentence) in [
      ("targets/amber", "targets/amber is not a run folder: it has no readable run.json"),
      ("rewriting/sft/cedar", "cedar/config.json': there is no such file"),
      ("rewriting/reward/amber", "is not a rewriter"),
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
    #expect(half.status == 0 && half.output == "Wrote exported.\n")
    let rewritten = try await world.mapo("rewrite", "--rewriter", "exported", "Is {{x}} good?")
    #expect(rewritten.status == 0)
    #expect(try names(in: world.folder).filter { $0.hasPrefix("exported") } == ["exported"])
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
