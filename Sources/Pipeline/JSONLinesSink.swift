import Foundation
import Synchronization

/// Metrics as lines of `log.jsonl` and samples as lines of `samples.jsonl` in the run folder.
///
///     {"stage":"rl","step":3,"rewriter":"amber","objective/kl":0.25,"objective/scores":null}
///
/// A value that is not finite is `null`: JSON has no other word for it. A line reaches the operating
/// system before the step ends, so a killed process loses none that it recorded.
final class JSONLinesSink: MetricSink {
  private let log: Mutex<LineFile>
  private let samples: Mutex<LineFile>

  init(_ folder: RunFolder) {
    log = Mutex(LineFile(folder.logFile))
    samples = Mutex(LineFile(folder.samplesFile))
  }

  func record(
    _ values: [(name: String, value: Float)], of source: MetricSource, step: Int
  ) throws {
    var line = try JSONLine(source, step: step)
    for (name, value) in values { try line.add(name, value) }
    try log.withLock { try $0.append(line.data) }
  }

  func record(samples rows: [SampleRow], of source: MetricSource, step: Int) throws {
    var lines = Data()
    for row in rows {
      var line = try JSONLine(source, step: step)
      try line.add("original", row.original)
      try line.add("rewritten", row.rewritten)
      try line.add("reward", row.reward)
      try line.add("kl", row.kl)
      try line.add("ended", row.ended)
      try line.add("valid", row.valid)
      lines.append(line.data)
    }
    try samples.withLock { try $0.append(lines) }
  }

  func restart(_ source: MetricSource, at step: Int) throws {
    let isStale = { (line: Data) in JSONLine.isOf(source, from: step, line) }
    try log.withLock { try $0.removeLines(where: isStale) }
    try samples.withLock { try $0.removeLines(where: isStale) }
  }
}

/// One JSON object on a line, its fields in the order they were added in.
private struct JSONLine {
  private var fields: [String] = []

  /// What every line begins with.
  private struct Key: Decodable {
    var stage: String
    var step: Int
    var rewriter: String?
  }

  init(_ source: MetricSource, step: Int) throws {
    try add("stage", source.stage.rawValue)
    try add("step", step)
    if let part = source.part { try add("rewriter", part) }
  }

  /// Whether a line is of a source, at `step` or later. What is no line of ours is nobody's.
  static func isOf(_ source: MetricSource, from step: Int, _ line: Data) -> Bool {
    guard let key = try? JSONDecoder().decode(Key.self, from: line) else { return false }
    return key.stage == source.stage.rawValue && key.rewriter == source.part && key.step >= step
  }

  mutating func add(_ name: String, _ value: Float) throws {
    try add(name, value.isFinite ? value : nil)
  }

  mutating func add(_ name: String, _ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    let parts = [try encoder.encode(name), try encoder.encode(value)]
    fields.append(parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ":"))
  }

  var data: Data { Data(("{" + fields.joined(separator: ",") + "}\n").utf8) }
}
