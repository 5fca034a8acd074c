import Tokenizers

extension ChatTemplate {
  /// The tokens of a conversation. What messages hold is text: a special token that is spelled there
  /// is none.
  ///
  /// - Throws: As `render`.
  public func encode(
    _ messages: [ChatMessage], tokenizer: Tokenizer, addGenerationPrompt: Bool = true,
    variables: [String: String] = [:]
  ) throws(ChatTemplateError) -> [Int32] {
    let shielded = messages.map {
      ChatMessage(role: $0.role, content: tokenizer.shielded($0.content))
    }
    return tokenizer.encode(
      markup: try render(
        shielded, addGenerationPrompt: addGenerationPrompt, variables: variables))
  }
}
