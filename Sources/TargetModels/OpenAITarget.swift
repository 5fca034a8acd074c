import Tensors

/// A target model behind an OpenAI-compatible server.
public struct OpenAITarget: TargetModel {
  /// What reports call it.
  public let name: String
  /// Hash of what the settings say about the model: its name, revision and system message, and how
  /// it is asked. Not of where it is served.
  public let fingerprint: String

  private let client: OpenAIClient

  /// A target that is asked through `client`, together with all else that is.
  public init(name: String, client: OpenAIClient) {
    self.name = name
    self.client = client
    let server = client.server
    var hash = StableHash()
    for part in [server.model, server.api.rawValue, server.system, server.revision] {
      // Neither byte is in any text: parts stay apart, and none is not the empty text.
      hash.combine(part.map { Array($0.utf8) } ?? [0xFE])
      hash.combine([0xFF])
    }
    fingerprint = hash.text
  }

  /// As the protocol says; requests with labels fail, each with `labelsNotScored`.
  public func answers(
    to requests: [CompletionRequest], meter: any CallMeter
  ) -> AsyncStream<Answer> {
    client.answers(count: requests.count, meter: meter) { index in
      let request = requests[index]
      guard request.labels.isEmpty else { return .failure(.labelsNotScored) }
      return .success(
        ServerRequest(
          messages: [.user(request.prefix + request.rest)], sampling: request.sampling))
    }
  }
}
