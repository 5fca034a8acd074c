import Foundation

/// The JSON that sources of rewards outside of the program are asked and answer with.
enum ScoreJSON {
  /// A question, the same bytes for the same question.
  static func bytes(_ question: some Encodable) -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return try encoder.encode(question)
    } catch {
      preconditionFailure("texts and whole numbers are always JSON: \(error)")
    }
  }

  /// An answer; nil where it is another JSON, or none. Python's `NaN` and `Infinity` are read: that
  /// a score is not finite is for the run to say.
  static func value<Answer: Decodable>(_ type: Answer.Type, _ bytes: Data) -> Answer? {
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    return try? decoder.decode(type, from: bytes)  // the reason could repeat what was sent
  }
}

/// A rewrite under the number that its score comes back with.
struct NumberedRewrite: Encodable {
  let id: Int
  let rewrite: RewriteToScore

  private enum Key: String, CodingKey { case id }

  func encode(to encoder: any Encoder) throws {
    try rewrite.encode(to: encoder)
    var keys = encoder.container(keyedBy: Key.self)
    try keys.encode(id, forKey: .id)
  }
}
