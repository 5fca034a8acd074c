import Foundation
import Tasks

/// One metric of one stage over its steps.
public struct MetricCurve: Sendable, Equatable {
  /// What it belongs to.
  public let source: MetricSource
  /// The metric's name, as `docs/metrics.md` lists it.
  public let metric: String
  /// In the order of the log; a value that was not finite is not there.
  public internal(set) var points: [Point]

  /// One step.
  public struct Point: Sendable, Equatable {
    /// Its number.
    public let step: Int
    /// The metric's value.
    public let value: Double
  }

  /// A curve has as many points at most: of a longer log it keeps every second step, or every fourth,
  /// and so on.
  public static let maximumPoints = 2000
}

/// A file of JSON lines that a run left, perhaps damaged or cut off.
struct RecordedLines {
  /// A longer line ends the reading, and so do as many bytes of all lines.
  static let (maximumLineLength, maximumLength) = (1 << 20, 256 << 20)
  private let file: URL

  init(_ file: URL) { self.file = file }

  /// Hands on every line that can be read.
  ///
  /// - Returns: What could not be read, in words; nil where all was.
  func read<Row: Decodable>(_ take: (Row) -> Void) -> String? {
    let decoder = JSONDecoder()
    var (damaged, length) = (0, 0)
    do {
      var lines = try LineReader(
        file, as: file.lastPathComponent, maximumLength: Self.maximumLineLength)
      while let line = try lines.nextWithText() {
        length += line.text.utf8.count
        guard length <= Self.maximumLength else {
          return "\(file.lastPathComponent): not read beyond \(Self.maximumLength) bytes"
        }
        do { take(try decoder.decode(Row.self, from: Data(line.text.utf8))) } catch {
          damaged += 1  // what a killed process left of a line, as a rule
        }
      }
    } catch {
      return "not read to its end, \(error)"
    }
    guard damaged > 0 else { return nil }
    return "\(file.lastPathComponent): \(damaged) damaged line\(damaged == 1 ? "" : "s") left out"
  }
}

/// A line of `log.jsonl`.
struct LoggedStep: Decodable {
  let source: MetricSource
  let step: Int
  /// Finite values by name.
  let values: [String: Double]

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }

    static let stage = Key(stringValue: "stage")
    static let step = Key(stringValue: "step")
    static let rewriter = Key(stringValue: "rewriter")
  }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    let name = try fields.decode(String.self, forKey: .stage)
    guard let stage = Stage(rawValue: name) else {
      throw DecodingError.dataCorruptedError(
        forKey: .stage, in: fields, debugDescription: "there is no such stage")
    }
    source = MetricSource(stage, try fields.decodeIfPresent(String.self, forKey: .rewriter))
    step = try fields.decode(Int.self, forKey: .step)
    let known = [Key.stage, .step, .rewriter].map(\.stringValue)
    var values: [String: Double] = [:]
    for key in fields.allKeys where !known.contains(key.stringValue) {
      values[key.stringValue] = try fields.decodeIfPresent(Double.self, forKey: key)
    }
    self.values = values
  }
}

/// Gathers curves in bounded memory: where one grows too long, every second of its steps goes.
struct CurveThinning {
  private struct Key: Hashable {
    let source: MetricSource
    let metric: String
  }

  /// A curve, and which steps it still takes: the multiples of `stride`.
  private struct Entry {
    var curve: MetricCurve
    var stride = 1

    mutating func add(step: Int, _ value: Double) {
      guard step.isMultiple(of: stride) else { return }
      if let last = curve.points.last, step <= last.step { return }  // each step is there once
      curve.points.append(MetricCurve.Point(step: step, value: value))
      while curve.points.count > MetricCurve.maximumPoints {
        stride *= 2
        curve.points.removeAll { !$0.step.isMultiple(of: stride) }
      }
    }
  }

  /// More curves than any run has: what a damaged log could fill the memory with is left out.
  static let maximumCurves = 4096
  private var order: [Key] = []
  private var entries: [Key: Entry] = [:]

  mutating func add(_ line: LoggedStep) {
    for (metric, value) in line.values.sorted(by: { $0.key < $1.key }) {
      let key = Key(source: line.source, metric: metric)
      if entries[key] == nil {
        guard order.count < Self.maximumCurves else { continue }
        order.append(key)
        entries[key] = Entry(curve: MetricCurve(source: key.source, metric: metric, points: []))
      }
      entries[key]?.add(step: line.step, value)
    }
  }

  /// The curves, in the order of their first steps.
  var curves: [MetricCurve] { order.compactMap { entries[$0]?.curve } }
}
