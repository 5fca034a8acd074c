import Foundation

/// A server's answer, as both APIs write it.
struct ServerAnswer: Decodable {
  private var choices: [Choice]
  private var usage: IfReadable<Usage>?

  private struct Choice: Decodable {
    var message: Message?
    var text: String?
    var logprobs: IfReadable<LogProbs>?
  }

  private struct Message: Decodable { var content: String? }

  private struct LogProbs: Decodable {
    var content: [Token]?
    var ofTokens: [Double]?

    struct Token: Decodable { var logprob: Double }

    enum CodingKeys: String, CodingKey {
      case content
      case ofTokens = "token_logprobs"
    }
  }

  private struct Usage: Decodable {
    var promptTokens: IfReadable<Int>?
    var completionTokens: IfReadable<Int>?

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

  /// Tokens that were read, where the server gives a number that can be one.
  var promptTokens: Int? { Self.count(usage?.value?.promptTokens) }

  /// Tokens that were written, where the server gives a number that can be one.
  var outputTokens: Int? { Self.count(usage?.value?.completionTokens) }

  /// What the server counted, where it gives both numbers.
  var used: TokenUse? {
    guard let promptTokens, let outputTokens else { return nil }
    return TokenUse(promptTokens: promptTokens, outputTokens: outputTokens)
  }

  /// log p of the written tokens of the first choice, where the server gives all of them.
  var logProbs: [Double]? {
    let found = choices.first?.logprobs?.value
    return found?.content?.map(\.logprob) ?? found?.ofTokens
  }

  private static func count(_ found: IfReadable<Int>?) -> Int? {
    found?.value.flatMap { (0...1_000_000_000).contains($0) ? $0 : nil }
  }
}

/// A part of an answer that is not worth failing for: nil where it is not as expected.
private struct IfReadable<Value: Decodable>: Decodable {
  let value: Value?

  init(from decoder: any Decoder) { value = try? Value(from: decoder) }
}
