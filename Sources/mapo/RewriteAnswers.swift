import Foundation
import Rewriting

/// What `mapo rewrite` prints: answers on standard output, reasons on standard error.
struct RewriteAnswers {
  private let encoder: JSONEncoder?
  private var output = OutputLines(descriptor: STDOUT_FILENO)
  private var errors = OutputLines(descriptor: STDERR_FILENO)

  init(asJSON: Bool) {
    encoder = asJSON ? JSONEncoder() : nil
    encoder?.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  /// Adds an answer.
  ///
  /// - Parameter line: The number of the line that it answers; then it is one line itself.
  mutating func show(_ rewrite: Rewrite, ofLine line: Int? = nil) throws {
    if let encoder {
      return output.append(String(decoding: try encoder.encode(rewrite), as: UTF8.self))
    }
    output.append(line == nil ? rewrite.rewritten : Self.onOneLine(rewrite.rewritten))
    if let reason = rewrite.reason {
      let place = line.map { "line \($0): " } ?? ""
      errors.append(place + "kept the original: \(reason)")
    }
  }

  /// Adds the ranked choices for a prompt: one a line, and an empty line after those of a line.
  mutating func show(_ choices: [RewriteChoice], for prompt: String, ofLine line: Int?) throws {
    if let encoder {
      let ranking = Ranking(original: prompt, choices: choices)
      return output.append(String(decoding: try encoder.encode(ranking), as: UTF8.self))
    }
    for choice in choices { output.append(Self.onOneLine(choice.text)) }
    if line != nil { output.append("") }
  }

  private struct Ranking: Encodable {
    let original: String
    let choices: [RewriteChoice]
  }

  /// Writes what was added.
  mutating func flush() throws {
    try errors.flush()
    try output.flush()
  }

  private static func onOneLine(_ text: String) -> String {
    text.replacing("\r\n", with: "\\r\\n").replacing("\n", with: "\\n").replacing("\r", with: "\\r")
  }
}
