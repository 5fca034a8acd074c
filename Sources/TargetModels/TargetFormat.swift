import Foundation
import LanguageModels
import NeuralNetworks
import Tokenizers

/// How an embedded model reads a prompt, and what ends its answer.
package struct TargetFormat {
  /// What stands around a prompt, as markup.
  private let frame: ChatFrame
  /// What opens every text of a model without a chat template; a template writes it itself.
  private let opening: [Int32]
  private let tokenizer: Tokenizer
  /// Each of them ends an answer.
  let endTokens: [Int32]
  /// The one that follows a label whose likelihood is wanted.
  let labelEnd: Int32
  /// Whether the model has our special tokens: then they and its tokenizer say how it is asked.
  let isOwn: Bool
  /// The same format as a chat template, for other engines; nil where the model has none.
  package let exportedTemplate: ChatTemplate?

  /// The format of a folder: our answer token where its tokenizer has it, else the frame of a user's
  /// message in its chat template, else what opens every text.
  ///
  /// - Throws: `CheckpointError.unreadable` where nothing ends an answer, or the chat template cannot
  ///   frame a message.
  package init(_ contents: ModelFolder, folder: URL) throws(CheckpointError) {
    tokenizer = contents.tokenizer
    if let end = tokenizer.id(ofSpecial: SpecialToken.end),
      tokenizer.id(ofSpecial: SpecialToken.answer) != nil
    {
      (frame, opening) = (ChatFrame(before: "", after: SpecialToken.answer), [])
      (endTokens, labelEnd, isOwn) = ([end], end, true)
      exportedTemplate = .answering
      return
    }
    guard let first = contents.endTokens.first else {
      throw .unreadable(
        file: folder.path,
        reason: "it names no end token, and its tokenizer lacks the special tokens "
          + "\(SpecialToken.answer) and \(SpecialToken.end)")
    }
    (endTokens, isOwn) = (contents.endTokens, false)
    exportedTemplate = contents.chatTemplate
    opening = contents.chatTemplate == nil ? tokenizer.prefixTokens : []
    do {
      frame = try contents.chatTemplate?.frame() ?? ChatFrame(before: "", after: "")
    } catch {
      throw .unreadable(file: folder.path, reason: error.description)
    }
    labelEnd =
      tokenizer.encode(markup: frame.end).first(where: contents.endTokens.contains) ?? first
  }

  /// What the model reads, at least one token. Special tokens that the prompt spells are text.
  package func prompt(_ text: String) -> [Int32] {
    let tokens =
      opening + tokenizer.encode(markup: frame.before + tokenizer.shielded(text) + frame.after)
    // As GPT-2 begins a text: behind the end of another.
    return tokens.isEmpty ? [labelEnd] : tokens
  }

  /// A label as an answer, with its end.
  func answer(_ label: String) -> [Int32] { tokenizer.encode(label) + [labelEnd] }
}
