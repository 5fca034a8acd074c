import Tokenizers

/// How a model is shown a text, and what ends its answer.
///
/// A model that is trained here sees the text and our answer token; a chat model sees a user's message,
/// framed by its chat template; any other one sees what opens every text, and the text.
package struct PromptFrame: Sendable {
  /// What stands around a text, as markup.
  package let chat: ChatFrame
  /// Each of them ends an answer; the one that the template puts there is first.
  package let endTokens: [Int32]
  /// What opens every text of a model without a chat template; a template writes it itself.
  private let opening: [Int32]
  private let tokenizer: Tokenizer

  /// The frame of models that are trained here; nil where the tokenizer lacks our special tokens.
  package init?(own tokenizer: Tokenizer) {
    guard let end = tokenizer.id(ofSpecial: SpecialToken.end),
      tokenizer.id(ofSpecial: SpecialToken.answer) != nil
    else { return nil }
    chat = ChatFrame(before: "", after: SpecialToken.answer)
    (endTokens, opening) = ([end], [])
    self.tokenizer = tokenizer
  }

  /// The frame of a model that others trained; nil where nothing ends an answer.
  ///
  /// - Parameters:
  ///   - endTokens: All that end an answer.
  ///   - chat: What the model's chat template puts around a message; nil where it knows no chat.
  ///   - plain: What stands around a text then, behind what opens it.
  package init?(
    _ tokenizer: Tokenizer, endTokens: [Int32], chat: ChatFrame?, plain: ChatFrame
  ) {
    self.chat = chat ?? plain
    let written = tokenizer.encode(markup: self.chat.end).first(where: endTokens.contains)
    guard let end = written ?? endTokens.first else { return nil }
    self.endTokens = [end] + endTokens.filter { $0 != end }
    opening = chat == nil ? tokenizer.prefixTokens : []
    self.tokenizer = tokenizer
  }

  /// The one that follows a trained answer.
  package var end: Int32 { endTokens[0] }

  /// What stands before a text, as markup. A token that opens every text and cannot be spelled, since
  /// it is no added one, is left out.
  package var before: String {
    let spelled = opening.compactMap { id in
      tokenizer.addedTokens.first { $0.id == id }?.content
    }
    return spelled.joined() + chat.before
  }

  /// What the model reads, at least one token. Special tokens that the text spells are text.
  ///
  /// - Parameter sentence: What is said before the text.
  package func prompt(_ text: String, behind sentence: String = "") -> [Int32] {
    let message = tokenizer.shielded(sentence + chat.shown(text))
    let tokens = opening + tokenizer.encode(markup: chat.before + message + chat.after)
    // As GPT-2 begins a text: behind the end of another.
    return tokens.isEmpty ? [end] : tokens
  }

  /// An answer, with its end.
  package func answer(_ text: String) -> [Int32] { tokenizer.encode(text) + [end] }
}
