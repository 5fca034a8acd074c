import ArgumentParser
import Foundation
import Pipeline
import Rewriting

/// `mapo rewrite`: use a trained rewriter.
struct RewriteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rewrite",
    abstract: "Rewrite a prompt, or each line of standard input, for the rewriter's target model.")

  @Option(help: "Folder of an exported rewriter.")
  var rewriter: String

  @Option(help: "classification, qa or generation; leave it out where you cannot tell.")
  var kind: PromptKind?

  @Flag(help: "Print one JSON object a line.")
  var json = false

  @Argument(help: "The prompt. Without it, every line of standard input is one.")
  var prompt: String?

  /// Lines that are rewritten in one batch.
  private static let batchSize = 64

  func run() throws {
    let model = try Rewriter(contentsOf: URL(fileURLWithPath: rewriter))
    if let prompt { return try show(model.rewrite(prompt, kind: kind)) }
    var batch: [String] = []
    while let line = readLine() {
      batch.append(line)
      if batch.count == Self.batchSize {
        try rewrite(batch, model)
        batch.removeAll()
      }
    }
    try rewrite(batch, model)
  }

  private func rewrite(_ prompts: [String], _ model: Rewriter) throws {
    let kinds = [PromptKind?](repeating: kind, count: prompts.count)
    for rewrite in model.rewrite(prompts, kinds: kinds) { try show(rewrite) }
  }

  private func show(_ rewrite: Rewrite) throws {
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(rewrite), as: UTF8.self))
      return
    }
    print(rewrite.rewritten)
    if let reason = rewrite.reason {
      FileHandle.standardError.write(Data("kept the original: \(reason)\n".utf8))
    }
  }
}

extension PromptKind: ExpressibleByArgument {}
