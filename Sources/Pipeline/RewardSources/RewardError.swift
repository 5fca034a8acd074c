/// Why a source of rewards ends a run. No case holds a passage of a prompt.
public enum RewardError: Error, Equatable, Sendable {
  /// Another number of scores than of rewrites.
  case wrongCount(source: String, found: Int, expected: Int)
  /// Scores that are missing, infinite or not a number.
  case notFinite(source: String, count: Int, of: Int)
  /// A program that cannot be started.
  case notStarted(source: String, reason: String)
  /// A program that ended with scores missing; `how` is its status or signal.
  case ended(source: String, how: String, missing: Int, of: Int)
  /// A program that wrote nothing for this time, with scores missing.
  case timedOut(source: String, seconds: Double, missing: Int, of: Int)
  /// Something other than scores.
  case malformed(source: String, reason: String)
  /// An endpoint that did not answer for this time, whatever was tried.
  case notAnswering(source: String, seconds: Double, reason: String)
  /// An endpoint whose answer no further attempt would change.
  case refused(source: String, reason: String)
}

extension RewardError: CustomStringConvertible {
  /// One sentence for the person who ran the command.
  public var description: String {
    switch self {
    case .wrongCount(let source, let found, let expected):
      "\(source) gave \(found) scores for \(expected) rewrites"
    case .notFinite(let source, let count, let all):
      "\(source) gave no finite number for \(count) of \(all) rewrites"
    case .notStarted(let source, let reason): "\(source) cannot be started: \(reason)"
    case .ended(let source, let how, let missing, let all):
      "\(source) ended with \(how) when \(missing) of \(all) scores were missing"
    case .timedOut(let source, let seconds, let missing, let all):
      "\(source) wrote no score for \(seconds) s when \(missing) of \(all) were missing"
    case .malformed(let source, let reason): "\(source) \(reason)"
    case .notAnswering(let source, let seconds, let reason):
      "\(source): the endpoint did not answer for \(Int(seconds.rounded())) s, and waiting ended: "
        + "\(reason); the last checkpoint is kept, --resume goes on from there"
    case .refused(let source, let reason): "\(source): \(reason)"
    }
  }
}
