import Jinja

/// What a chat template puts around the only message of a user.
public struct ChatFrame: Sendable, Equatable {
  /// What stands before the message: what starts a text, often a system message.
  public let before: String
  /// What stands after it, up to the model's answer.
  public let after: String
  /// What follows an answer, empty where the template does not say.
  public let end: String
  /// Whether the template drops the white space at both ends of the message, as Llama 3's does.
  public let trimsMessage: Bool

  /// A frame of its parts, as markup.
  public init(before: String, after: String, end: String = "", trimsMessage: Bool = false) {
    self.before = before
    self.after = after
    self.end = end
    self.trimsMessage = trimsMessage
  }

  /// A message as the template shows it.
  public func shown(_ message: String) -> String { trimsMessage ? stripped(message) : message }
}

extension ChatTemplate {
  /// The frame of a user's message, for an answer without thinking where the template offers both
  /// (Qwen3).
  ///
  /// - Throws: `ChatTemplateError`: the template refuses such a message, or does not show it once
  ///   and as it is; but it may drop the white space at both of its ends.
  public func frame() throws(ChatTemplateError) -> ChatFrame {
    let (question, answer) = ("mapo-question", "mapo-answer")
    let spaced = " \n\(question)\n "
    let (prompt, spacedPrompt) = (try framed(question), try framed(spaced))
    let parts = prompt.split(separator: question, omittingEmptySubsequences: false)
      .map(String.init)
    guard parts.count == 2, [prompt, parts[0] + spaced + parts[1]].contains(spacedPrompt)
    else { throw .unrenderable(reason: "it does not show a user's message once and as it is") }
    let conversation = [
      ChatMessage(role: .user, content: question), ChatMessage(role: .assistant, content: answer),
    ]
    return ChatFrame(
      before: parts[0], after: parts[1], end: try end(of: conversation, after: answer),
      trimsMessage: spacedPrompt == prompt)
  }

  /// The prompt of one message.
  private func framed(_ message: String) throws(ChatTemplateError) -> String {
    try render(
      [ChatMessage(role: .user, content: message)], flags: ["enable_thinking": false])
  }

  /// What stands behind an answer; empty where the template takes none.
  private func end(
    of conversation: [ChatMessage], after answer: String
  ) throws(ChatTemplateError) -> String {
    do throws(ChatTemplateError) {
      let text = try render(
        conversation, addGenerationPrompt: false, flags: ["enable_thinking": false])
      let parts = text.split(separator: answer, omittingEmptySubsequences: false)
      return parts.count == 2 ? String(parts[1]) : ""
    } catch .unrenderable {
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
