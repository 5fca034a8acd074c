import Benchmarks
import LocalServer
import Testing

@Suite struct ClientBenchmarkTests {
  @Test func everyRequestIsSentOnce() async throws {
    let server = try await LocalServer { _ in "yes" }
    let report = try await ClientBenchmark(url: server.url, requestsInFlight: 4, count: 40).run()
    #expect(report.requestsPerSecond > 0 && report.cores > 0)
    // Those that open the connections ask what the first ones ask.
    #expect(server.record.total == 44 && server.record.mostInFlight <= 4)
  }
}
