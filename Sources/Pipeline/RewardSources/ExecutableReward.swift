import Foundation
import TargetModels

/// A reward that a program gives: started once, kept running, a line of JSON for each rewrite on its
/// standard input, a line with the score on its standard output, in any order.
///
/// The program is started by the first rewrites, and ends with this object. What it writes to its
/// standard error is logged. The actor's queue of its own keeps waiting off the cooperative threads.
package actor ExecutableReward: RewardSource {
  private let executor: QueueExecutor
  private let name: String
  private let command: [String]
  private let timeoutSeconds: Double
  private let log: @Sendable (String) -> Void
  private var process: LineProcess?
  /// Numbers of rewrites go on over the batches: a line that comes late shows.
  private var nextID = 0

  /// The actor's own queue.
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Starts nothing yet.
  ///
  /// - Parameters:
  ///   - name: What errors and log lines call it.
  ///   - command: The program, found as a shell does, and its arguments.
  ///   - timeoutSeconds: The longest time without a score while one is missing.
  ///   - log: Takes a line for people.
  package init(
    name: String, command: [String], timeoutSeconds: Double,
    log: @escaping @Sendable (String) -> Void
  ) {
    executor = QueueExecutor(label: "reward")
    (self.name, self.command, self.timeoutSeconds) = (name, command, timeoutSeconds)
    self.log = log
  }

  /// What the program answers.
  ///
  /// - Throws: `RewardError`, `CancellationError`; the program has ended then.
  package func scores(of rewrites: [RewriteToScore]) async throws -> [Float] {
    if rewrites.isEmpty { return [] }
    var answers = ScoreLines(source: name, first: nextID, count: rewrites.count)
    nextID += rewrites.count
    do {
      try running().exchange(answers.questions(rewrites), silentFor: timeoutSeconds) { line in
        try answers.take(line)
        return answers.missing > 0
      }
    } catch {
      process = nil
      throw answers.described(error, timeoutSeconds: timeoutSeconds)
    }
    return answers.scores
  }

  private func running() throws -> LineProcess {
    if let process { return process }
    do {
      let started = try LineProcess(command) { [name, log] in log("\(name): \($0)") }
      process = started
      return started
    } catch {
      throw RewardError.notStarted(source: name, reason: error.description)
    }
  }
}

/// The lines that go to a scoring program and come back.
private struct ScoreLines {
  let source: String
  private let first: Int
  private var found: [Float?]

  init(source: String, first: Int, count: Int) {
    (self.source, self.first) = (source, first)
    found = Array(repeating: nil, count: count)
  }

  private struct Answer: Decodable {
    let id: Int
    let score: Double?
  }

  /// Scores that have not come.
  var missing: Int { found.count { $0 == nil } }

  /// All scores, when none is missing.
  var scores: [Float] { found.map { $0 ?? .nan } }

  func questions(_ rewrites: [RewriteToScore]) -> [UInt8] {
    rewrites.enumerated().flatMap { index, rewrite in
      ScoreJSON.bytes(NumberedRewrite(id: first + index, rewrite: rewrite)) + Data("\n".utf8)
    }
  }

  mutating func take(_ line: [UInt8]) throws(RewardError) {
    guard let answer = ScoreJSON.value(Answer.self, Data(line)) else {
      throw .malformed(
        source: source, reason: "wrote a line that is not {\"id\": …, \"score\": …}")
    }
    guard (first..<first + found.count).contains(answer.id), found[answer.id - first] == nil else {
      throw .malformed(
        source: source, reason: "wrote a score for id \(answer.id), which none is missing for")
    }
    found[answer.id - first] = answer.score.map { Float($0) } ?? .nan
  }

  /// The error in words for people.
  func described(_ error: any Error, timeoutSeconds: Double) -> any Error {
    switch error as? LineProcess.Failure {
    case nil: error
    case .ended(let how):
      RewardError.ended(source: source, how: how, missing: missing, of: found.count)
    case .timedOut:
      RewardError.timedOut(
        source: source, seconds: timeoutSeconds, missing: missing, of: found.count)
    case .lineTooLong:
      RewardError.malformed(
        source: source, reason: "wrote a line of more than \(LineProcess.longestLine) bytes")
    }
  }
}
