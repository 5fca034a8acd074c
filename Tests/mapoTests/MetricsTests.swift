import Foundation
import TestSupport
import Testing

/// What a stage leaves for people to look at.
@Suite struct MetricsTests {
  @Test func everyStepIsInTheLogAndInAnEventFile() async throws {
    let world = try await TrainedWorld.world()
    let done = try await world.mapo("train", "base", "tiny.yaml", "--run", "metrics")
    try #require(done.status == 0, "\(done.errors)")
    let lines = try world.text("metrics/log.jsonl").split(separator: "\n")
    let steps = try lines.map { line in
      let fields = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return fields?["step"] as? Int
    }
    #expect(steps == Array(0..<lines.count) && !lines.isEmpty)

    let folder = world.url("metrics/events/base")
    #expect(try names(in: folder) == ["events.out.tfevents.000001"])
    let events = try Data(
      contentsOf: folder.appendingPathComponent("events.out.tfevents.000001"))
    #expect(events.dropFirst(21).prefix(15) == Data([26, 13] + "brain.Event:2".utf8))
    var (count, place) = (0, events.startIndex)
    while let found = events[place...].range(of: Data("loss/nll".utf8)) {
      (count, place) = (count + 1, found.upperBound)
    }
    #expect(count == lines.count)
  }
}
