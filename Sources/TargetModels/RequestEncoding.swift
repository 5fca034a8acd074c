import Foundation

extension ServerSettings {
  /// The address at `endpoint` that requests are sent to.
  func address(at endpoint: ServerEndpoint) -> String {
    let base = endpoint.url.reversed().drop { $0 == "/" }.reversed()
    return String(base) + (api == .chat ? "/chat/completions" : "/completions")
  }

  /// The request with the settings' own system message ahead.
  func withSystem(_ request: ServerRequest) -> ServerRequest {
    guard let system else { return request }
    var request = request
    request.messages.insert(.system(system), at: 0)
    return request
  }

  /// The JSON that is sent for a request.
  func body(of request: ServerRequest) -> Data {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(RequestBody(settings: self, request: request))
    } catch {
      preconditionFailure("a request needs a finite temperature: \(error)")
    }
  }
}

private struct RequestBody: Encodable {
  let settings: ServerSettings
  let request: ServerRequest

  private enum Field: String, CodingKey {
    case model, messages, prompt, temperature, seed, logprobs
    case maxTokens = "max_tokens"
    case maxCompletionTokens = "max_completion_tokens"
  }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Field.self)
    try fields.encode(settings.model, forKey: .model)
    try fields.encode(request.sampling.temperature, forKey: .temperature)
    try fields.encode(request.sampling.seed, forKey: .seed)
    try fields.encode(
      request.sampling.maximumTokens,
      forKey: settings.tokenLimitField == .maxCompletionTokens ? .maxCompletionTokens : .maxTokens)
    switch settings.api {
    case .chat:
      try fields.encode(request.messages, forKey: .messages)
      if settings.logProbs == true { try fields.encode(true, forKey: .logprobs) }
    case .completions:
      let texts = request.messages.map(\.content)
      try fields.encode(texts.joined(separator: "\n\n"), forKey: .prompt)
      // The number of likeliest tokens to list; the written token's own number comes with one.
      if settings.logProbs == true { try fields.encode(1, forKey: .logprobs) }
    }
  }
}
