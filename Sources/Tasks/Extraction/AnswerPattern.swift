import Foundation

/// A user's regular expression (ICU's syntax) with one group, which holds the answer.
///
/// Foundation's expressions count their groups before anything is matched, and can be stopped: a
/// pattern that backtracks without end, such as `(a+)+$`, gives no answer instead of hanging.
public struct AnswerPattern: Equatable, Sendable {
  /// Why a text is no such pattern.
  public enum Problem: Error, Equatable, CustomStringConvertible {
    /// It is not a regular expression.
    case syntax
    /// It has another number of groups than one.
    case groups(Int)

    /// A few words that follow the pattern's key.
    public var description: String {
      switch self {
      case .syntax: "is not a regular expression"
      case .groups(let count):
        "has \(count) groups, not one for the answer; (?:…) groups without being counted"
      }
    }
  }

  /// The expression as it was written.
  public let source: String
  private let expression: NSRegularExpression

  /// Compiles `source`.
  ///
  /// - Throws: `Problem`.
  public init(_ source: String) throws(Problem) {
    do { expression = try NSRegularExpression(pattern: source) } catch { throw .syntax }
    guard expression.numberOfCaptureGroups == 1 else {
      throw .groups(expression.numberOfCaptureGroups)
    }
    self.source = source
  }

  /// What the group holds in the first match in which it takes part.
  public func firstMatch(in text: String) -> String? { match(in: text, last: false) }

  /// What the group holds in the last match in which it takes part.
  public func lastMatch(in text: String) -> String? { match(in: text, last: true) }

  /// How much of a text is searched, in UTF-16 units: its start for the first match, its end for
  /// the last.
  private static let maximumLength = 16_384
  /// How often an expression may report some 10,000 more steps at one text before it is stopped,
  /// about a tenth of a second. It also reports each place where it begins to match.
  private static let maximumReports = 1000

  private func match(in text: String, last: Bool) -> String? {
    let count = text.utf16.count
    let length = min(count, Self.maximumLength)
    let range = NSRange(location: last ? count - length : 0, length: length)
    var found: NSRange?
    var reports = 0
    expression.enumerateMatches(in: text, options: .reportProgress, range: range) {
      result, _, stop in
      guard let result else {
        reports += 1
        if reports > Self.maximumReports + length {
          found = nil
          stop.pointee = true
        }
        return
      }
      if result.range(at: 1).location != NSNotFound {
        found = result.range(at: 1)
        stop.pointee = ObjCBool(!last)
      }
    }
    return found.flatMap { Range($0, in: text) }.map { String(text[$0]) }
  }

  /// Same expression.
  public static func == (left: AnswerPattern, right: AnswerPattern) -> Bool {
    left.source == right.source
  }
}

extension AnswerPattern: Codable {
  /// Compiles the decoded text.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do { try self.init(container.decode(String.self)) } catch let problem as Problem {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: problem.description)
    }
  }

  /// Writes `source`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(source)
  }
}
