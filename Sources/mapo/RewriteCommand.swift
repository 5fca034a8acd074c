import ArgumentParser
import Foundation
import Rewriting

/// `mapo rewrite`: use a trained rewriter.
struct RewriteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rewrite",
    abstract: "Rewrite a prompt, or each line of standard input, for the rewriter's target model.",
    discussion: """
      Lines are answered in their order, each by one line: line breaks of a rewritten prompt are \
      written as \\n there. With --json nothing is lost.
      """)

  @Option(help: "Folder or GGUF file of an exported rewriter.")
  var rewriter: String

  @Option(help: "classification, qa or generation; leave it out where you cannot tell.")
  var kind: PromptKind?

  @Option(help: "Beams of a search for the most probable rewrite; 1 is greedy.")
  var beams = 1

  @Option(
    help: "Rank so many rewrites, best first, with the original among them: one a line.")
  var best: Int?

  @Option(help: "Draw tokens at this temperature; 0 takes the most probable ones.")
  var temperature: Float = 0

  @Option(help: "Seed of the draws.")
  var seed: UInt64 = 0

  @Flag(
    help: "Where a guard would keep the original, write again with protected spans as copies only.")
  var constrain = false

  @Flag(help: "Print one JSON object a line.")
  var json = false

  @Argument(help: "The prompt. Without it, every line of standard input is one.")
  var prompt: String?

  /// Lines that are rewritten in one call: the engine's slots stay full until its end.
  private static let batchSize = 1024

  /// The most beams and the most rewrites of one prompt.
  private static let largestCount = 64

  func validate() throws {
    guard temperature >= 0 && temperature.isFinite else {
      throw ValidationError("--temperature is \(temperature); it must be a number of at least 0")
    }
    guard (1...Self.largestCount).contains(beams) && (1...Self.largestCount).contains(best ?? 1)
    else {
      throw ValidationError("--beams and --best must be from 1 to \(Self.largestCount)")
    }
    guard beams == 1 || temperature == 0 else {
      throw ValidationError("--beams and --temperature exclude each other")
    }
  }

  func run() throws {
    // Who has gone is an error of the write, not the end of the program.
    signal(SIGPIPE, SIG_IGN)
    let model = try Rewriter(contentsOf: URL(fileURLWithPath: rewriter))
    var answers = RewriteAnswers(asJSON: json)
    do {
      if let prompt {
        try answer([.text(prompt)], with: model, &answers)
      } else {
        try answerLines(with: model, &answers)
      }
    } catch StreamError.closed {
      // As `head` does it: who has seen enough goes away, and that is no failure.
    }
  }

  private func answerLines(with model: Rewriter, _ answers: inout RewriteAnswers) throws {
    var input = InputLines(batchSize: Self.batchSize)
    var (firstLine, refused) = (1, 0)
    while case let lines = try input.nextBatch(), !lines.isEmpty {
      try answer(lines, from: firstLine, with: model, &answers)
      firstLine += lines.count
      refused += lines.count { $0 == .tooLong }
    }
    if refused > 0 { throw StreamError.refusedLines(refused) }
  }

  /// Answers prompts in their order.
  ///
  /// - Parameter firstLine: The number of the first where they are lines.
  private func answer(
    _ prompts: [InputLines.Line], from firstLine: Int? = nil, with model: Rewriter,
    _ answers: inout RewriteAnswers
  ) throws {
    let texts = best == nil ? prompts.compactMap(\.text) : []
    let kinds = [PromptKind?](repeating: kind, count: texts.count)
    let options = Rewriter.Options(
      beams: beams, temperature: temperature, seed: seed, isConstrained: constrain)
    var rewrites = model.rewrite(texts, kinds: kinds, options: options)[...]
    for (index, prompt) in prompts.enumerated() {
      let line = firstLine.map { $0 + index }
      if let best, let text = prompt.text {
        let choices = model.choices(for: text, kind: kind, count: best, options: options)
        try answers.show(choices, for: text, ofLine: line)
        // Prompt by prompt: the next one may take long.
        try answers.flush()
      } else {
        let rewrite = prompt == .tooLong ? nil : rewrites.popFirst()
        try answers.show(rewrite ?? InputLines.refusal, ofLine: line)
      }
    }
    try answers.flush()
  }
}

extension PromptKind: ExpressibleByArgument {}
