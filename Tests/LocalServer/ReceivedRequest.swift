import Foundation

/// A request as the server understood it.
public struct ReceivedRequest: Sendable, Equatable {
  /// The path, such as `/v1/chat/completions`.
  public var path: String
  /// The `Authorization` header.
  public var authorization: String?
  /// The body, as it came.
  public var body: Data
  /// What counts as the question: the last message, or the text to continue.
  public var prompt: String
  /// How often this prompt has been received, this time included.
  public var attempt: Int
  /// As in the body.
  public var temperature: Double?
  /// As in the body.
  public var seed: UInt64?
  /// As in the body, under either of its names.
  public var maximumTokens: Int?
  /// Whether log-probabilities are asked for.
  public var wantsLogProbs: Bool

  /// The rewrites to be scored; none where the request is not one of a reward.
  public var rewrites: [Rewrite]

  /// A rewrite that is to be scored.
  public struct Rewrite: Sendable, Equatable, Decodable {
    /// Its place in the request.
    public var id: Int
    /// The prompt, and what was made of it.
    public var original, rewritten: String
  }

  /// Whether the answer is to be a message.
  public var isChat: Bool { path.hasSuffix("/chat/completions") }

  /// Reads the body; nil where it is not one of a request.
  init?(path: String, authorization: String?, body: Data) {
    guard let fields = try? JSONDecoder().decode(Fields.self, from: body),
      let prompt = fields.messages?.last?.content ?? fields.prompt
        ?? fields.rewrites?.map(\.rewritten).joined(separator: "\n")
    else { return nil }
    self.path = path
    self.authorization = authorization
    self.body = body
    self.prompt = prompt
    attempt = 0
    rewrites = fields.rewrites ?? []
    temperature = fields.temperature
    seed = fields.seed
    maximumTokens = fields.maxTokens ?? fields.maxCompletionTokens
    wantsLogProbs = fields.logprobs != nil
  }

  private struct Fields: Decodable {
    var messages: [Message]?
    var prompt: String?
    var rewrites: [Rewrite]?
    var temperature: Double?
    var seed: UInt64?
    var maxTokens: Int?
    var maxCompletionTokens: Int?
    var logprobs: Flag?

    struct Message: Decodable { var content: String }

    /// True, or a number: the two APIs differ.
    struct Flag: Decodable {
      init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if (try? value.decode(Bool.self)) != true { _ = try value.decode(Int.self) }
      }
    }

    enum CodingKeys: String, CodingKey {
      case messages, prompt, rewrites, temperature, seed, logprobs
      case maxTokens = "max_tokens"
      case maxCompletionTokens = "max_completion_tokens"
    }
  }
}
