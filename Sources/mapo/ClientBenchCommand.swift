import ArgumentParser
import Benchmarks

extension BenchCommand {
  /// `mapo bench client`: the client of servers on this machine.
  struct Client: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Requests a second to an OpenAI-compatible server, and cores for them.")

    @Option(help: "Address of the server, up to /v1.")
    var url: String

    @Option(help: "Requests under way at once.")
    var inFlight = 64

    @Option(help: "Requests in all.")
    var requests = 12_800

    @Flag(help: "Print one JSON document on standard output.")
    var json = false

    func validate() throws {
      try check("--in-flight", inFlight, 1...10_000)
      try check("--requests", requests, 1...100_000_000)
    }

    func run() async throws {
      let report = try await ClientBenchmark(
        url: url, requestsInFlight: inFlight, count: requests
      ).run()
      if json { return try printJSON(report) }
      print(
        facts([
          ("answered", "\(decimal(report.requestsPerSecond)) requests a second"),
          ("busy", "\(decimal(report.cores)) cores"),
        ]))
    }
  }
}
