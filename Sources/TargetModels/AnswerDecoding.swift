import Foundation

/// A server's answer, as both APIs write it.
struct ServerAnswer: Decodable {
  private var choices: [Choice]
  private var usage: Usage?

  private struct Choice: Decodable {
    var message: Message?
    var text: String?
    var logprobs: LogProbs?
  }

  private struct Message: Decodable { var content: String? }

  private struct LogProbs: Decodable {
    var content: [Token]?
    var ofTokens: [Double?]?

    struct Token: Decodable { var logprob: Double }

    enum CodingKeys: String, CodingKey {
      case content
      case ofTokens = "token_logprobs"
    }
  }

  private struct Usage: Decodable {
    var promptTokens: Int?
    var completionTokens: Int?

    enum CodingKeys: String, CodingKey {
      case promptTokens = "prompt_tokens"
      case completionTokens = "completion_tokens"
    }
  }

  /// Reads the body of an answer.
  ///
  /// - Throws: `malformedAnswer` where it is not the JSON of an answer with a choice.
  init(_ body: Data) throws(TargetModelError) {
    do {
      self = try JSONDecoder().decode(ServerAnswer.self, from: body)
    } catch {
      throw .malformedAnswer(reason: "it is not the JSON of an answer")
    }
    if choices.isEmpty { throw .malformedAnswer(reason: "it has no choices") }
  }

  /// The text of the first choice; nil where the model gave none, but a refusal or a tool call.
  var text: String? { choices.first.flatMap { $0.message?.content ?? $0.text } }

  /// Tokens that were read, where the server says.
  var promptTokens: Int? { usage?.promptTokens }

  /// Tokens that were written, where the server says.
  var outputTokens: Int? { usage?.completionTokens }

  /// log p of the written tokens of the first choice, where the server says.
  var logProbs: [Double]? {
    guard let found = choices.first?.logprobs else { return nil }
    return found.content?.map(\.logprob) ?? found.ofTokens?.compactMap(\.self)
  }
}

/// What a server says on refusing a request: the shapes that servers have for it.
struct ServerRefusal: Decodable {
  /// The server's own words.
  private(set) var message: String

  private enum Field: String, CodingKey { case error, message, detail }
  private struct Nested: Decodable { var message: String }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    if let nested = try? fields.decode(Nested.self, forKey: .error) {
      message = nested.message
    } else if let text = try? fields.decode(String.self, forKey: .error) {
      message = text
    } else if let text = try? fields.decode(String.self, forKey: .message) {
      message = text
    } else {
      message = try fields.decode(String.self, forKey: .detail)
    }
  }

  /// The words in one line of at most 200 characters, with every secret replaced; the start of the
  /// body where it is none of the known shapes.
  static func words(in body: Data, without secrets: [String]) -> String {
    var text =
      (try? JSONDecoder().decode(ServerRefusal.self, from: body))?.message
      ?? String(decoding: body.prefix(2000), as: UTF8.self)
    for secret in secrets where !secret.isEmpty {
      text = text.replacingOccurrences(of: secret, with: "…")
    }
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.count > 200 ? line.prefix(199) + "…" : line
  }
}
