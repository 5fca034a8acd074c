import Foundation

/// The JSON of an answer, in the form of the API that was asked.
struct AnswerBody: Encodable {
  private let request: ReceivedRequest
  private let text: String?
  private let hasChoices: Bool

  init(_ text: String?, to request: ReceivedRequest, hasChoices: Bool = true) {
    self.request = request
    self.text = text
    self.hasChoices = hasChoices
  }

  /// The bytes to send.
  var bytes: [UInt8] {
    do {
      return Array(try JSONEncoder().encode(self))
    } catch {
      preconditionFailure("text is always JSON: \(error)")
    }
  }

  /// Words stand for tokens.
  static func words(_ text: String) -> [Substring] { text.split(whereSeparator: \.isWhitespace) }

  private enum Field: String, CodingKey {
    case object, choices, usage, index, message, text, role, content, logprobs, token, logprob
    case finishReason = "finish_reason"
    case tokenLogProbs = "token_logprobs"
    case promptTokens = "prompt_tokens"
    case completionTokens = "completion_tokens"
    case totalTokens = "total_tokens"
  }

  func encode(to encoder: any Encoder) throws {
    var body = encoder.container(keyedBy: Field.self)
    try body.encode(request.isChat ? "chat.completion" : "text_completion", forKey: .object)
    var choices = body.nestedUnkeyedContainer(forKey: .choices)
    if hasChoices {
      var choice = choices.nestedContainer(keyedBy: Field.self)
      try choice.encode(0, forKey: .index)
      try choice.encode("stop", forKey: .finishReason)
      try encodeText(in: &choice)
      if request.wantsLogProbs { try encodeLogProbs(in: &choice) }
    }
    var usage = body.nestedContainer(keyedBy: Field.self, forKey: .usage)
    let (read, written) = (Self.words(request.prompt).count, Self.words(text ?? "").count)
    try usage.encode(read, forKey: .promptTokens)
    try usage.encode(written, forKey: .completionTokens)
    try usage.encode(read + written, forKey: .totalTokens)
  }

  private func encodeText(in choice: inout KeyedEncodingContainer<Field>) throws {
    if request.isChat {
      var message = choice.nestedContainer(keyedBy: Field.self, forKey: .message)
      try message.encode("assistant", forKey: .role)
      try message.encode(text, forKey: .content)
    } else {
      try choice.encode(text, forKey: .text)
    }
  }

  /// log p is −0.5, −1, −1.5, …
  private func encodeLogProbs(in choice: inout KeyedEncodingContainer<Field>) throws {
    var logProbs = choice.nestedContainer(keyedBy: Field.self, forKey: .logprobs)
    let words = Self.words(text ?? "")
    let values = words.indices.map { -0.5 * Double($0 + 1) }
    if request.isChat {
      var content = logProbs.nestedUnkeyedContainer(forKey: .content)
      for (word, value) in zip(words, values) {
        var token = content.nestedContainer(keyedBy: Field.self)
        try token.encode(String(word), forKey: .token)
        try token.encode(value, forKey: .logprob)
      }
    } else {
      try logProbs.encode(values, forKey: .tokenLogProbs)
    }
  }
}
