import ArgumentParser
import Benchmarks

extension BenchCommand {
  /// `mapo bench store`: the feedback store on this machine.
  struct Store: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Feedback rows written and looked up, and the statistics over them.")

    @Option(help: "Rows to write.")
    var rows: Int

    @Option(help: "Seed of scores and outputs.")
    var seed: UInt64 = 1

    @Flag(help: "Print one JSON document on standard output.")
    var json = false

    func validate() throws { try check("--rows", rows, 1...1_000_000_000) }

    func run() throws {
      let report = try StoreBenchmark(rows: rows, seed: seed).run()
      if json { return try printJSON(report) }
      print(
        facts([
          (
            "written",
            "\(decimal(report.writesPerSecond)) rows a second, \(report.rowsInBatch) at once"
          ),
          ("looked up", "\(decimal(report.lookupsPerSecond)) pairs a second, as many at once"),
          ("one by one", "\(decimal(report.singleLookupsPerSecond)) pairs a second"),
          ("statistics", "\(decimal(1000 * report.statsSeconds)) ms over \(report.rows) rows"),
          ("file", bytes(report.fileBytes)),
        ]))
    }
  }
}
