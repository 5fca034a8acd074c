import BuiltInTasks
import FeedbackStore
import Foundation
import PromptSearch
import TargetModels

/// The dataset of one target in numbers.
public struct DatasetSummary: Codable, Equatable, Sendable {
  /// Name of the target.
  public var target: String
  /// Calls by outcome, tokens, and rows of the dataset.
  public var answered, failed, tokens, originals, candidates, pairs, kept: Int
  /// Share of candidates that cannot be told from their original; nil without candidates.
  public var tiedShare: Double?
  /// Mean gain of the chosen prompts on the examples of the search, and on fresh ones.
  public var searchGain, freshGain: Double?
}

extension RunFolder {
  /// The numbers of every target's dataset.
  ///
  /// - Throws: `StoreError` where the run has no store.
  public func datasetSummaries() throws -> [DatasetSummary] {
    try FeedbackStore(at: storeFile, create: false).statistics().map {
      DatasetSummary(
        target: $0.target, answered: $0.answered, failed: $0.failed, tokens: $0.tokens,
        originals: $0.originals, candidates: $0.candidates, pairs: $0.pairs, kept: $0.kept,
        tiedShare: $0.tiedShare, searchGain: $0.meanSearchGain, freshGain: $0.meanFreshGain)
    }
  }
}

extension RunFolder {
  /// Mean score of every candidate, originals included, by target.
  ///
  /// - Throws: `StoreError` where the run has no store.
  public func candidateMeans() throws -> [String: [Double]] {
    try FeedbackStore(at: storeFile, create: false).candidateMeans()
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

extension TargetSource {
  /// Asks the target one prompt.
  ///
  /// - Throws: Where the target cannot be loaded, or does not answer.
  public func ask(_ prompt: String, maximumTokens: Int) async throws -> String {
    let target = try EmbeddedTarget(name: name, folder: URL(fileURLWithPath: folder))
    let request = CompletionRequest(
      prefix: "", rest: prompt, sampling: Sampling(maximumTokens: maximumTokens))
    return try await target.complete([request])[0].get().text
  }

  /// Hash of the target's files.
  ///
  /// - Throws: Where the target cannot be loaded.
  public func fingerprint() throws -> String {
    try EmbeddedTarget(name: name, folder: URL(fileURLWithPath: folder)).fingerprint
  }
}
