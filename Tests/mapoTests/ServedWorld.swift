import Foundation
import GRDB
import LocalServer
import TestSupport

/// A world whose target is behind a server.
final class ServedWorld: Sendable {
  let tiny: TinyWorld

  init() throws {
    tiny = try TinyWorld()
    let task = try tiny.text("tasks/sentiment/task.yaml")
    try tiny.write(task + "extraction: firstMention\n", to: "tasks/sentiment/task.yaml")
    try tiny.write(
      """
      extends: tiny.yaml
      name: served
      connection:
        requests:
          requestsInFlight: 32
          timeoutSeconds: 4
          maximumAttempts: 4
          firstBackoffSeconds: 0.005
          maximumBackoffSeconds: 0.02
      dataset:
        candidates: 12
        search: {callsPerOriginal: 120, firstExamples: 4, reduction: 3.0, finalists: 3}
        freshExamples: 4

      """, to: "served.yaml")
  }

  /// A server whose answer is a word of the question, and a digest of the question.
  static func server(
    fault: @escaping @Sendable (ReceivedRequest) -> Fault? = { _ in nil }
  ) async throws -> LocalServer {
    try await LocalServer(latency: .milliseconds(5), fault: fault) { request in
      let words = request.prompt.split(whereSeparator: \.isWhitespace)
      let digest = digest(request.prompt)
      let choice = Int(UInt64(digest, radix: 16) ?? 0) % max(1, words.count)
      return "\(words.isEmpty ? "" : words[choice]) \(digest)"
    }
  }

  /// 60 bits of FNV-1a.
  static func digest(_ text: String) -> String {
    let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    return String(hash >> 4, radix: 16)
  }

  /// `mapo dataset build` in a run folder of this name.
  func build(
    _ name: String, _ server: LocalServer, _ settings: [String] = [], resuming: Bool = false,
    act: (@Sendable (Process) throws -> Void)? = nil
  ) async throws -> Command.Outcome {
    try await build(name, at: server.url, settings, resuming: resuming, act: act)
  }

  /// `mapo dataset build` with a server at this address.
  func build(
    _ name: String, at url: String, _ settings: [String] = [], resuming: Bool = false,
    act: (@Sendable (Process) throws -> Void)? = nil
  ) async throws -> Command.Outcome {
    let target =
      "targets=[{name: served, server: {model: words, api: chat, endpoints: [{url: \"\(url)\"}]}}]"
    let arguments =
      ["dataset", "build", "served.yaml", "--run", name] + (resuming ? ["--resume"] : [])
      + ([target] + settings).flatMap { ["--set", $0] }
    return try await Command.run(arguments, in: tiny.folder, act: act)
  }

  /// Rows of a run's store.
  func rows(_ name: String, _ query: String) throws -> [Row] {
    try DatabaseQueue(path: tiny.url("\(name)/feedback.sqlite").path).read {
      try Row.fetchAll($0, sql: query)
    }
  }

  /// The number that a query of a run's store gives.
  func number(_ name: String, _ query: String) throws -> Int {
    try rows(name, query).first?[0] ?? 0
  }

  /// All feedback of a run.
  func feedback(_ name: String) throws -> [ServedRow] {
    try rows(name, "SELECT * FROM feedback").map(ServedRow.init)
  }

  /// Digests of the questions whose answers are stored.
  func storedDigests(_ name: String) throws -> Set<String> {
    guard FileManager.default.fileExists(atPath: tiny.url("\(name)/feedback.sqlite").path) else {
      return []
    }
    return try Set(feedback(name).filter { $0.status == "done" }.map(\.digest))
  }

  /// All that a build finds, by content instead of by number.
  func tables(_ name: String) throws -> [[String]] {
    try Self.queries.map { query in try rows(name, query).map { "\($0)" } }
  }

  private static let queries = [
    """
    SELECT prompt.text, prompt.content, example.key, purpose, status, isAnswered, output, score,
      error, promptTokens, outputTokens
    FROM feedback JOIN prompt ON prompt.id = promptId JOIN example ON example.id = exampleId
    ORDER BY 1, 2, 3
    """,
    "SELECT id, text, parentId, family, style, content, origin, role, heldOut FROM prompt ORDER BY 1",
    "SELECT originalText, chosenText, searchGain, freshGain, freshCount FROM pair ORDER BY originalId",
    """
    SELECT originalId, promptId, mean, count, gain FROM ranking ORDER BY originalId, promptId
    """,
  ]
}

/// A row of feedback.
struct ServedRow {
  let promptID, exampleID: Int64
  let purpose, status: String
  let output, error: String?
  let score: Double?

  /// Prompt and example.
  var pair: [Int64] { [promptID, exampleID] }

  /// What the answer says of its question.
  var digest: String { output?.split(separator: " ").last.map(String.init) ?? "" }

  init(_ row: Row) {
    (promptID, exampleID) = (row["promptId"], row["exampleId"])
    (purpose, status, score) = (row["purpose"], row["status"], row["score"])
    (output, error) = (row["output"], row["error"])
  }
}

extension FaultPlan {
  /// Faults on the first two attempts only, so that every request is answered in the end.
  var early: @Sendable (ReceivedRequest) -> Fault? {
    { request in request.attempt <= 2 ? self.fault(for: request) : nil }
  }
}
