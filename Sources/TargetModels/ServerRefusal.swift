import Foundation

/// What a server says on refusing a request: the shapes that servers have for it.
struct ServerRefusal: Decodable {
  /// The server's own words.
  private(set) var message: String?
  /// The server's short name for the problem.
  private(set) var code: String?

  private enum Field: String, CodingKey { case error, message, detail, code, type }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    if let nested = try? fields.decode(ServerRefusal.self, forKey: .error) {
      self = nested
    } else {
      message =
        [Field.error, .message, .detail].lazy.compactMap {
          try? fields.decode(String.self, forKey: $0)
        }.first
      code =
        [Field.code, .type].lazy.compactMap {
          try? fields.decode(String.self, forKey: $0)
        }.first
    }
  }

  /// Runs of a prompt that are this long, in bytes, do not get through.
  private static let longestRepetition = 20

  /// The words in one line of at most 200 characters, with keys and whole messages replaced. Where
  /// they still repeat a part of the messages only the code is left, or nothing. A body that is not
  /// JSON is all words.
  static func words(in body: Data, repeating messages: [String], keys: [String]) -> String {
    let refusal = try? JSONDecoder().decode(ServerRefusal.self, from: body)
    let isJSON = body.first == UInt8(ascii: "{") || body.first == UInt8(ascii: "[")
    let text = isJSON ? refusal?.message : String(decoding: body.prefix(2000), as: UTF8.self)
    let secrets = keys + messages.filter { $0.count >= 16 }
    for candidate in [text, refusal?.code].compactMap(\.self) {
      let line = line(candidate, without: secrets)
      if !messages.contains(where: { isRepeated($0, in: line) }) { return line }
    }
    return ""
  }

  private static func line(_ text: String, without secrets: [String]) -> String {
    let text = secrets.filter { !$0.isEmpty }.reduce(text) {
      $0.replacingOccurrences(of: $1, with: "…")
    }
    let line = oneLine(text)
    return line.count > 200 ? line.prefix(199) + "…" : line
  }

  private static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  private static func isRepeated(_ message: String, in line: String) -> Bool {
    let found = Set(runs(of: line))
    return !found.isEmpty && runs(of: oneLine(message)).contains(where: found.contains)
  }

  private static func runs(of text: String) -> some Sequence<ArraySlice<UInt8>> {
    let bytes = Array(text.utf8)
    let starts = 0..<max(0, bytes.count - longestRepetition + 1)
    return starts.lazy.map { bytes[$0..<($0 + longestRepetition)] }
  }
}
