import Benchmarks
import Foundation
import Testing

@Suite struct StoreBenchmarkTests {
  @Test func measuresAllThreeAndLeavesNothing() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let report = try StoreBenchmark(rows: 2500, seed: 1).run(in: folder)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    for rate in [
      report.writesPerSecond, report.lookupsPerSecond, report.singleLookupsPerSecond,
      report.statsSeconds,
    ] {
      #expect(rate > 0 && rate.isFinite)
    }
    #expect(report.rows == 2500 && report.lookups == 2500 && report.rowsInBatch == 1000)
    #expect(report.fileBytes > 2500 * 50)
  }

  @Test func preconditions() async {
    await #expect(processExitsWith: .failure) { _ = StoreBenchmark(rows: 0, seed: 1) }
  }
}
