import ArgumentParser
import Foundation
import Pipeline

/// `mapo export`: a rewriter, or another language model, for other programs.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a trained rewriter or a target model in a format that others load.",
    discussion: """
      What is written is read back and compared before it takes its place: with f32 it must continue \
      a set of prompts with the same tokens; with the other types the divergence is bounded, and told.
      """)

  @Argument(
    help: """
      A rewriter of a run, such as Checkpoints/quickstart/rl/amber, an exported one, or any model \
      that is read here.
      """)
  var directory: String

  @Option(help: "hf: a folder that transformers and vLLM load; gguf: a file that llama.cpp loads.")
  var format: ModelExport.Format

  @Option(help: "How numbers are stored; q8_0 in GGUF alone.")
  var type: ModelExport.NumberType = .f32

  @Option(help: "Where to write.")
  var output: String

  @Flag(help: "Print one JSON document on standard output.")
  var json = false

  func validate() throws {
    if format == .hf && type == .q8 {
      throw ValidationError("--type q8_0 is for --format gguf; hf has f32, bf16 and f16")
    }
  }

  func run() throws {
    let parity = try ModelExport(
      from: URL(fileURLWithPath: directory), to: URL(fileURLWithPath: output), format: format,
      type: type
    ).write()
    if json {
      try printJSON(
        Report(output: output, format: format.rawValue, type: type.rawValue, parity: parity))
    } else {
      print("Wrote \(output): \(parity).")
    }
  }

  private struct Report: Encodable {
    let output, format, type: String
    let parity: ExportParity
  }
}

extension ModelExport.Format: ExpressibleByArgument {}
extension ModelExport.NumberType: ExpressibleByArgument {}
