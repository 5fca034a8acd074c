import Foundation
import Pipeline
import Reports
import Synchronization

/// The metrics of a run as event files, `events/<stage>-<rewriter>/` in the run folder, each of which
/// TensorBoard shows as a run of its own.
final class TensorBoardSink: MetricSink {
  private let folder: URL
  private let files = Mutex<[MetricSource: EventFile]>([:])

  init(_ folder: RunFolder) { self.folder = folder.eventsFolder }

  func record(
    _ values: [(name: String, value: Float)], of source: MetricSource, step: Int
  ) throws {
    try append(.scalars(values), source, step)
  }

  func record(samples: [SampleRow], of source: MetricSource, step: Int) throws {
    let table = Self.table(samples).markdown(cellLimit: 400)
    try append(.text(tag: "samples", markdown: table), source, step)
  }

  func restart(_ source: MetricSource, at step: Int) throws {
    try append(.sessionStart, source, step)
  }

  private func append(
    _ content: TensorBoardEvent.Content, _ source: MetricSource, _ step: Int
  ) throws {
    let time = Date().timeIntervalSince1970
    try files.withLock { files in
      var file =
        try files[source]
        ?? EventFile(beginningIn: folder.appendingPathComponent(source.name), time: time)
      defer { files[source] = file }
      try file.append(TensorBoardEvent(time: time, step: step, content))
    }
  }

  private static func table(_ samples: [SampleRow]) -> TextTable {
    var table = TextTable(columns: [
      .init("original", .left), .init("rewritten", .left), .init("reward", .right),
      .init("KL", .right), .init("ended", .left), .init("valid", .left),
    ])
    for row in samples {
      table.add([
        row.original, row.rewritten, String(format: "%.2f", row.reward),
        String(format: "%.2f", row.kl), row.ended ? "yes" : "no", row.valid ? "yes" : "no",
      ])
    }
    return table
  }
}
