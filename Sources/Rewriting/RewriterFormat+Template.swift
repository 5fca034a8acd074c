import LanguageModels

extension RewriterFormat {
  /// How the chat template of a rewriter begins; says to us that there is a sentence in its frame.
  private static let mark = "{#- A rewriter of prompts. -#}\n"

  /// The chat template of a frame: with the sentence for the variable `kind`, or the one for "not
  /// said" where that is absent or unknown.
  static func templateSource(_ frame: PromptFrame) -> String {
    let branches = PromptKind.allCases.enumerated().map { index, kind in
      """
      {%- \(index == 0 ? "if" : "elif") kind == '\(kind.rawValue)' %}
      {{- \(ChatTemplate.quoted(prefix(kind))) -}}

      """
    }
    let opening =
      frame.before.isEmpty ? "" : "{{- \(ChatTemplate.quoted(frame.before)) -}}\n"
    let message = "messages[-1]['content']"
    let shown = frame.chat.trimsMessage ? "(\(message) | trim)" : message
    return """
      \(mark)\(opening)\(branches.joined()){%- else %}
      {{- \(ChatTemplate.quoted(prefix(nil))) -}}
      {%- endif %}
      {{- '\\n' + \(shown) + \(ChatTemplate.quoted(frame.chat.after)) -}}

      """
  }

  /// The frame that a model's chat template puts around a message. The template of a rewriter says
  /// the sentence as well, which is not part of the frame.
  static func frame(of template: ChatTemplate) throws(ChatTemplateError) -> ChatFrame {
    let frame = try template.frame()
    let sentence = prefix(nil) + "\n"
    guard template.source.hasPrefix(mark), frame.before.hasSuffix(sentence) else { return frame }
    return ChatFrame(
      before: String(frame.before.dropLast(sentence.count)), after: frame.after, end: frame.end,
      trimsMessage: frame.trimsMessage)
  }

  /// The frame for a model that knows no chat: a heading.
  static let plainFrame = ChatFrame(before: "", after: "\n\nRewritten:\n")
}
