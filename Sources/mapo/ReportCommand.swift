import ArgumentParser
import Foundation
import Pipeline

/// `mapo report`: what came of a run, as one file for a browser.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write a run's report, one HTML file that needs no network; the run need not be "
      + "finished."
  )

  @Argument(help: ArgumentHelp("The run folder.", valueName: "run"))
  var folder: String

  @Option(help: "The file to write. Default: report.html in the run folder.")
  var output: String?

  @Flag(help: "Print one JSON document on standard output.")
  var json = false

  func run() throws {
    let written = try writeReport(
      of: RunFolder(URL(fileURLWithPath: folder)), to: output.map { URL(fileURLWithPath: $0) })
    if json { return try printJSON(written) }
    print("Report: \(written.path), \(bytes(written.bytes))")
    for sentence in written.missing + written.notes { print("  \(sentence)") }
  }
}
