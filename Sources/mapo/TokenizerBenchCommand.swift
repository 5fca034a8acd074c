import ArgumentParser
import Benchmarks
import Foundation

extension BenchCommand {
  /// `mapo bench tokenizer`: encoding on this machine.
  struct TokenizerSpeed: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "tokenizer", abstract: "Encoding of a text file, on one thread.")

    @Option(help: "A tokenizer.json.")
    var tokenizer: String

    @Option(help: "The text file to encode.")
    var text: String

    @Flag(help: "Print one JSON document on standard output.")
    var json = false

    func run() throws {
      let report = try TokenizerBenchmark(
        tokenizer: URL(filePath: tokenizer), text: URL(filePath: text)
      ).run()
      if json { return try printJSON(report) }
      print(
        facts([
          ("encoded", "\(decimal(report.megabytesPerSecond)) megabytes a second"),
          ("tokens", "\(report.tokens)"),
        ]))
    }
  }
}
