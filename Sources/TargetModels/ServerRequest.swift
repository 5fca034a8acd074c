/// One question to a server, as messages: what target models, generators and judges all ask with.
public struct ServerRequest: Sendable, Equatable {
  /// The conversation so far. The completions API gets their texts, with blank lines between.
  public var messages: [ChatMessage]
  /// How the answer is drawn; sent as given, zeros among it.
  public var sampling: Sampling

  /// All parts.
  public init(messages: [ChatMessage], sampling: Sampling) {
    self.messages = messages
    self.sampling = sampling
  }

  /// What a call with this request reads, estimated.
  package var estimatedPromptTokens: Int {
    messages.reduce(0) { $0 + estimatedTokens(in: $1.content) }
  }

  /// What a call with this request reads at most: a token holds a byte or more, and the marks that a
  /// chat template puts around a message are few. Budgets are hard, so this is what is set aside.
  package var mostPromptTokens: Int {
    messages.reduce(0) { $0 + $1.content.utf8.count + 16 }
  }
}

/// One message of a conversation.
public struct ChatMessage: Sendable, Codable, Equatable {
  /// Who says it: `system`, `user` or `assistant`.
  public var role: String
  /// What is said.
  public var content: String

  /// All parts.
  public init(role: String, content: String) {
    self.role = role
    self.content = content
  }

  /// What the person who asks says.
  public static func user(_ content: String) -> ChatMessage {
    ChatMessage(role: "user", content: content)
  }

  /// What is said ahead of the conversation.
  public static func system(_ content: String) -> ChatMessage {
    ChatMessage(role: "system", content: content)
  }
}

/// Tokens that a text has in an unknown vocabulary: a quarter of its bytes, and at least one.
///
/// A rule of thumb for English; used before a call is sent, and where a server does not say.
package func estimatedTokens(in text: String) -> Int { max(1, (text.utf8.count + 3) / 4) }
