import ArgumentParser
import Foundation
import Pipeline

/// `mapo export`: a rewriter for other programs.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a trained rewriter in a format that others load.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case hf }

  @Argument(help: "A rewriter of a run, such as Checkpoints/quickstart/rl/amber.")
  var directory: String

  @Option(help: "hf: a folder that transformers loads.")
  var format: Format

  @Option(help: "How numbers are stored.")
  var type: RewriterExport.NumberType = .f32

  @Option(help: "Where to write.")
  var output: String

  @Flag(help: "Print one JSON document on standard output.")
  var json = false

  func run() throws {
    let source = URL(fileURLWithPath: directory)
    try RewriterExport.write(
      from: source, to: URL(fileURLWithPath: output), as: type,
      guards: RewriterExport.guards(of: source))
    if json {
      try printJSON(["output": output, "format": format.rawValue, "type": type.rawValue])
    } else {
      print("Wrote \(output).")
    }
  }
}

extension RewriterExport.NumberType: ExpressibleByArgument {}
