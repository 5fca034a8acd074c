import FeedbackStore
import Foundation

/// Which part of a dataset is written for other trainers, and in which shape.
public struct DatasetExport: Sendable {
  /// The shape of a line: one JSON object, with the fields that TRL's trainers take.
  public enum Format: String, Sendable, CaseIterable {
    /// `prompt` and `completion`, for supervised training: an original and the chosen prompt.
    case pairs
    /// `prompt`, `chosen` and `rejected`, for reward models and preference training: an original,
    /// and of it and one candidate the better and the worse. Ties are left out: differences of at
    /// most one standard error on the examples that both ran on.
    case preferences
  }

  /// What an original may be used for.
  public typealias Role = SplitRole

  /// The shape of a line.
  public var format: Format
  /// Name of the target; nil for all.
  public var target: String?
  /// What the originals may be used for.
  public var role: Role

  /// An export by its parts.
  public init(format: Format, target: String? = nil, role: Role = .train) {
    (self.format, self.target, self.role) = (format, target, role)
  }
}

extension RunFolder {
  /// Writes the measured dataset as JSON lines; an existing file is replaced when all is written.
  ///
  /// Besides the fields of its shape a line has `task`, `kind`, `target`, `gain` with its
  /// `standardError`, and the `count` of examples behind it: fresh ones for pairs, those of the
  /// search for preferences.
  ///
  /// - Returns: The number of lines.
  /// - Throws: `StoreError` where the run has no store; `RunError.noData` where it does not know
  ///   the target; the file system's errors.
  public func write(_ export: DatasetExport, to file: URL) throws -> Int {
    let store = try FeedbackStore(at: storeFile, create: false)
    let known = try store.targets()
    let targets = known.filter { export.target == nil || $0.name == export.target }
    if let name = export.target, targets.isEmpty {
      throw RunError.noData(
        "the store has no target '\(name)', only \(known.map(\.name).joined(separator: ", "))")
    }
    var (text, count) = (Data(), 0)
    for target in targets {
      for line in try export.lines(of: target, in: store) {
        text += try line.json() + [UInt8(ascii: "\n")]
        count += 1
      }
    }
    try text.write(to: file, options: .atomic)
    return count
  }
}

extension DatasetExport {
  fileprivate func lines(of target: StoredTarget, in store: FeedbackStore) throws -> [ExportLine] {
    switch format {
    case .pairs:
      try store.pairs(target: target.id, role: role).map { ExportLine($0, target: target.name) }
    case .preferences:
      try store.rankings(target: target.id, role: role).flatMap { ranking in
        ranking.candidates.compactMap { ExportLine($0, of: ranking, target: target.name) }
      }
    }
  }
}

/// One line; fields that its shape does not have are nil and not written.
private struct ExportLine: Encodable {
  let prompt: String
  var completion, chosen, rejected: String?
  let task, kind, target: String
  let gain: Double
  let standardError: Double
  let count: Int

  init(_ pair: PromptPair, target: String) {
    prompt = pair.originalText
    completion = pair.chosenText
    (task, kind, self.target) = (pair.task, pair.kind, target)
    gain = pair.optimum.freshGain
    standardError = pair.optimum.freshStandardError
    count = pair.optimum.freshCount
  }

  /// A candidate against its original; nil for a tie, and where one shared example says nothing
  /// about the error.
  init?(_ candidate: RankedPrompt, of ranking: PromptRanking, target: String) {
    guard let error = candidate.gainStandardError, abs(candidate.gain) > error else { return nil }
    let isBetter = candidate.gain > 0
    prompt = ranking.originalText
    chosen = isBetter ? candidate.text : ranking.originalText
    rejected = isBetter ? ranking.originalText : candidate.text
    (task, kind, self.target) = (ranking.task, ranking.kind, target)
    (gain, standardError) = (abs(candidate.gain), error)
    count = candidate.sharedCount
  }

  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}
