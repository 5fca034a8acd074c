/// What a chat template puts around the only message of a user.
public struct ChatFrame: Sendable, Equatable {
  /// What stands before the message: what starts a text, often a system message.
  public let before: String
  /// What stands after it, up to the model's answer.
  public let after: String
  /// What follows an answer, empty where the template does not say.
  public let end: String

  /// A frame of its parts, as markup.
  public init(before: String, after: String, end: String = "") {
    self.before = before
    self.after = after
    self.end = end
  }
}

extension ChatTemplate {
  /// The frame of a user's message, for an answer without thinking where the template offers both
  /// (Qwen3).
  ///
  /// - Throws: `ChatTemplateError`: the template refuses such a message, or does not show it once
  ///   and as it is.
  public func frame() throws(ChatTemplateError) -> ChatFrame {
    let (question, answer) = ("mapo-question", "mapo-answer")
    let asked = ChatMessage(role: .user, content: question)
    let prompt = try render([asked], flags: ["enable_thinking": false])
    let parts = prompt.split(separator: question, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw .unrenderable(reason: "it does not show a user's message once and as it is")
    }
    let conversation = [asked, ChatMessage(role: .assistant, content: answer)]
    return ChatFrame(
      before: String(parts[0]), after: String(parts[1]), end: end(of: conversation, after: answer))
  }

  /// What stands behind an answer; empty where the template takes none.
  private func end(of conversation: [ChatMessage], after answer: String) -> String {
    do {
      let text = try render(
        conversation, addGenerationPrompt: false, flags: ["enable_thinking": false])
      let parts = text.split(separator: answer, omittingEmptySubsequences: false)
      return parts.count == 2 ? String(parts[1]) : ""
    } catch {
      return ""
    }
  }

  /// The template of targets that were trained by us: the last message, and the answer token.
  public static let answering = ChatTemplate(
    own: "{{- messages[-1]['content'] + \(quoted(SpecialToken.answer)) }}")

  /// A text as Jinja writes it in an expression.
  public static func quoted(_ text: String) -> String {
    let escapes: [Unicode.Scalar: String] = [
      "\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t",
    ]
    return "'" + text.unicodeScalars.map { escapes[$0] ?? String($0) }.joined() + "'"
  }
}
