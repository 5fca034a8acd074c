import BuiltInTasks
import FeedbackStore
import Foundation
import PromptSearch
import TargetModels

/// The dataset of one target in numbers.
public struct DatasetSummary: Codable, Equatable, Sendable {
  /// Name of the target.
  public var target: String
  /// Calls by outcome; those without an answer in their text are among the answered.
  public var answered, unanswered, failed: Int
  /// Tokens read and written.
  public var tokens: Int
  /// What the answers cost, in the unit of the prices.
  public var cost: Double
  /// Mean time of an answer; nil without one.
  public var secondsPerCall: Double?
  /// Rows of the dataset.
  public var originals, candidates, pairs, kept: Int
  /// Share of candidates that cannot be told from their original; nil without candidates.
  public var tiedShare: Double?
  /// Mean gain of the chosen prompts on the examples of the search, and on fresh ones.
  public var searchGain, freshGain: Double?
}

/// Everything that `mapo dataset stats` tells.
public struct DatasetReport: Codable, Equatable, Sendable {
  /// Failed calls of one target for one reason.
  public struct Failures: Codable, Equatable, Sendable {
    /// Name of the target, and the reason.
    public var target, reason: String
    /// How many.
    public var count: Int
  }

  /// What was spent on one day, by the ledger: repeated attempts, and calls that were set aside when
  /// a run was killed, are in it.
  public struct Spending: Codable, Equatable, Sendable {
    /// Day (UTC), and whom the calls were made to.
    public var day, party: String
    /// Calls and tokens.
    public var calls, tokens: Int
    /// Money, in the unit of the prices.
    public var money: Double
  }

  /// Each target's dataset.
  public var targets: [DatasetSummary]
  /// Why calls failed, the most frequent reasons of each target first.
  public var failures: [Failures]
  /// The ledger by day.
  public var spending: [Spending]
}

extension DatasetReport {
  /// The numbers of a store.
  ///
  /// - Throws: `StoreError` where it cannot be read.
  init(of store: FeedbackStore) throws(StoreError) {
    targets = try store.statistics().map {
      DatasetSummary(
        target: $0.target, answered: $0.answered, unanswered: $0.unanswered, failed: $0.failed,
        tokens: $0.tokens, cost: $0.cost, secondsPerCall: $0.meanLatencySeconds,
        originals: $0.originals, candidates: $0.candidates, pairs: $0.pairs, kept: $0.kept,
        tiedShare: $0.tiedShare, searchGain: $0.meanSearchGain, freshGain: $0.meanFreshGain)
    }
    failures = try store.failures().map {
      Failures(target: $0.target, reason: $0.reason, count: $0.count)
    }
    spending = try store.dailySpending().map {
      Spending(
        day: $0.day, party: $0.party.rawValue, calls: $0.spending.calls,
        tokens: $0.spending.tokens, money: $0.spending.cost)
    }
  }
}

extension RunFolder {
  /// The numbers of every target's dataset.
  ///
  /// - Throws: `StoreError` where the run has no store.
  public func datasetReport() throws -> DatasetReport {
    try DatasetReport(of: FeedbackStore(at: storeFile, create: false))
  }

  /// Mean score of every candidate, originals included, and the gain of every chosen prompt on fresh
  /// examples, by target.
  ///
  /// - Throws: `StoreError` where the run has no store.
  public func datasetDistributions() throws -> (
    means: [String: [Double]], gains: [String: [Double]]
  ) {
    let store = try FeedbackStore(at: storeFile, create: false)
    return (try store.candidateMeans(), try store.freshGains())
  }
}

/// Data that ships with the project.
public enum ShippedData {
  /// Writes the built-in tasks anew: the same phrase book gives the same bytes.
  ///
  /// - Throws: What is wrong with the phrase book, or the file system's error.
  public static func writeTasks(phrasebook: URL, to folder: URL) throws {
    let grammar = PromptGrammar(try Phrasebook(contentsOf: phrasebook))
    try TaskWorld.shipped(grammar: grammar).write(to: folder)
  }
}

extension RunConfiguration {
  /// Asks a target one prompt.
  ///
  /// - Throws: Where there is no such target, it cannot be opened, or it does not answer.
  public func ask(_ name: String, _ prompt: String) async throws -> String {
    guard let source = targets.first(where: { $0.name == name }) else {
      throw ConfigurationError.invalid(
        key: "targets",
        reason: "has no '\(name)', only \(targets.map(\.name).joined(separator: ", "))")
    }
    let request = CompletionRequest(
      prefix: "", rest: prompt, sampling: Sampling(maximumTokens: maximumAnswerTokens))
    return try await source.open(connection).complete([request])[0].get().text
  }

  /// Hash of everything about a target that changes its answers, for each in order.
  ///
  /// - Throws: Where one cannot be opened.
  public func targetFingerprints() throws -> [String] {
    try targets.map { try $0.open(connection).fingerprint }
  }
}
