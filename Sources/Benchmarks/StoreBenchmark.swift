import FeedbackStore
import Foundation
import Tensors

/// The feedback store at the work of a dataset build: races of 1,000 candidates, written in the
/// order in which a race asks, into a file in a temporary folder.
public struct StoreBenchmark: Sendable {
  /// Feedback rows to write.
  public var rows: Int
  /// Seed of scores, outputs and of what is looked up.
  public var seed: UInt64

  /// - Precondition: `rows` ≥ 1.
  public init(rows: Int, seed: UInt64) {
    precondition(rows >= 1, "store benchmark: \(rows) rows")
    (self.rows, self.seed) = (rows, seed)
  }

  /// Writes, looks up and adds up.
  ///
  /// - Parameter parent: Where a folder for the file is made; it is removed afterwards.
  /// - Throws: `StoreError`, or where the folder cannot be made.
  public func run(
    in parent: URL = FileManager.default.temporaryDirectory
  ) throws -> StoreReport {
    let folder = parent.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "feedback.sqlite")
    var work = try StoreWork(file: file, seed: seed)
    let writing = try work.write(rows: rows)
    let lookups = min(rows, Self.lookups)
    let keys = work.keys(lookups)
    let looking = try work.lookUp(keys)
    let lookingSingly = try work.lookUpSingly(keys)
    let adding = try StoreWork.addUp(file)
    return StoreReport(
      writesPerSecond: Double(rows) / writing, lookupsPerSecond: Double(lookups) / looking,
      singleLookupsPerSecond: Double(lookups) / lookingSingly, statsSeconds: adding, rows: rows,
      rowsInBatch: StoreWork.batch, lookups: lookups,
      fileBytes: try work.bytes(of: file))
  }

  private static let lookups = 200_000
}

/// What `StoreBenchmark` found.
public struct StoreReport: Encodable, Sendable {
  /// Feedback rows stored a second, with their totals, comparisons and settled calls.
  public let writesPerSecond: Double
  /// Stored (prompt, example) pairs looked up a second, a batch in one call.
  public let lookupsPerSecond: Double
  /// The same with a call for each pair.
  public let singleLookupsPerSecond: Double
  /// Time to open the file and to take all that `mapo dataset stats` shows.
  public let statsSeconds: Double
  /// Rows written, and how many of them at once; as many pairs are looked up at once.
  public let rows, rowsInBatch: Int
  /// Pairs looked up.
  public let lookups: Int
  /// Size of the file with its journal.
  public let fileBytes: Int
}

/// A store with one target and one task, and races to fill it with.
private struct StoreWork {
  static let batch = 1000
  private static let examples = 240
  /// Candidates and their new examples in each round of a race.
  private static let rounds = [
    (candidates: 1000, examples: 16), (candidates: 500, examples: 16),
    (candidates: 250, examples: 32), (candidates: 125, examples: 64),
  ]

  private let store: FeedbackStore
  private let target, task, run: Int64
  private let examples: [Int64]
  private var prompts: [Int64] = []
  private var random: SplitMix64

  init(file: URL, seed: UInt64) throws {
    store = try FeedbackStore(at: file)
    random = SplitMix64(seed: seed)
    target = try store.upsert(target: "target", fingerprint: "f")
    run = try store.upsert(run: "bench", seed: seed, configHash: "c", startedAt: Date())
    task = try store.upsert(
      task: TaskRecord(name: "task", kind: "classification", metric: "accuracy", hash: "h"))
    examples = try store.upsert(
      examples: (0..<Self.examples).map { ExampleRecord(key: "example-\($0)", split: .train) },
      task: task)
  }

  /// Writes `count` rows and returns the seconds that storing them took.
  mutating func write(rows count: Int) throws -> Double {
    var (written, seconds) = (0, 0.0)
    while written < count {
      for keys in try nextRace() where written < count {
        let rows = keys.prefix(count - written).map { row(prompt: $0.prompt, example: $0.example) }
        let calls = Spending(calls: rows.count, tokens: 90 * rows.count)
        let reservation = try store.reserve(calls, run: run)
        seconds +=
          try ContinuousClock().measure {
            try store.record(rows, settling: [Settlement(reservation: reservation, spent: calls)])
          } / .seconds(1)
        written += rows.count
      }
    }
    return seconds
  }

  /// Pairs of a prompt and one of the examples that every prompt ran on.
  mutating func keys(_ count: Int) -> [FeedbackKey] {
    let asked = examples.prefix(Self.rounds[0].examples)
    return (0..<count).map { _ in
      FeedbackKey(
        promptID: prompts[Int.random(in: prompts.indices, using: &random)],
        exampleID: asked[Int.random(in: asked.indices, using: &random)])
    }
  }

  /// Looks up as many at once as are written at once, and returns the seconds that it took.
  func lookUp(_ keys: [FeedbackKey]) throws -> Double {
    try ContinuousClock().measure {
      for start in stride(from: 0, to: keys.count, by: Self.batch) {
        _ = try store.cachedScores(
          of: keys[start..<min(start + Self.batch, keys.count)], target: target,
          sampling: Self.sampling)
      }
    } / .seconds(1)
  }

  /// Looks up one after the other.
  func lookUpSingly(_ keys: [FeedbackKey]) throws -> Double {
    try ContinuousClock().measure {
      for key in keys {
        _ = try store.cachedScore(
          target: target, prompt: key.promptID, example: key.exampleID, sampling: Self.sampling)
      }
    } / .seconds(1)
  }

  /// Opens the file anew and takes what `mapo dataset stats` shows.
  static func addUp(_ file: URL) throws -> Double {
    try ContinuousClock().measure {
      let store = try FeedbackStore(at: file, create: false)
      _ = try store.statistics()
      _ = try store.candidateMeans()
      _ = try store.freshGains()
      _ = try store.failures()
      _ = try store.dailySpending()
    } / .seconds(1)
  }

  func bytes(of file: URL) throws -> Int {
    try ["", "-wal"].reduce(0) { sum, suffix in
      let attributes = try FileManager.default.attributesOfItem(atPath: file.path + suffix)
      return sum + (attributes[.size] as? Int ?? 0)
    }
  }

  private static let sampling = "temperature 0, seed 0, at most 24 tokens"

  /// Enters an original with its candidates; the calls of its race in batches.
  private mutating func nextRace() throws -> [[(prompt: Int64, example: Int64)]] {
    let candidates = Self.rounds[0].candidates
    let number = prompts.count / (candidates + 1)
    let records = (0...candidates).map { index in
      PromptRecord(
        text: "Rewrite \(index) of prompt \(number): is this review good or bad? {{text}}",
        family: "family-\(number)", style: "", content: "good/bad",
        origin: index == 0 ? "pool" : "rules", role: .train)
    }
    let ids = try store.upsert(prompts: records, task: task)
    try store.add(candidates: ids.dropFirst(), of: ids[0], target: target)
    prompts += ids
    var (calls, asked) = ([(prompt: Int64, example: Int64)](), 0)
    for (survivors, new) in Self.rounds {
      for prompt in ids.prefix(survivors + 1) {
        calls += examples[asked..<asked + new].map { (prompt, $0) }
      }
      asked += new
    }
    return stride(from: 0, to: calls.count, by: Self.batch).map {
      Array(calls[$0..<min($0 + Self.batch, calls.count)])
    }
  }

  /// Two in a hundred fail, five more hold no answer.
  private mutating func row(prompt: Int64, example: Int64) -> FeedbackRow {
    let draw = Int.random(in: 0..<100, using: &random)
    let words = 4 + draw % 8
    let output = (0..<words).map { "word\(($0 &+ draw) % 10)" }.joined(separator: " ")
    return FeedbackRow(
      targetID: target, promptID: prompt, exampleID: example, sampling: Self.sampling,
      purpose: .search,
      outcome: draw < 2
        ? .failed(reason: "no answer within 60 seconds")
        : .done(output: output, score: draw < 7 ? 0 : Double(draw % 2)),
      isAnswered: draw >= 7, promptTokens: 80, outputTokens: 10, latencySeconds: 0.05,
      cost: 0.0001)
  }
}
