import Foundation
import LanguageModels
import NeuralNetworks
import Tokenizers

/// How an embedded model reads a prompt, and what ends its answer.
package struct TargetFormat {
  private let frame: PromptFrame
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
    if let own = PromptFrame(own: contents.tokenizer) {
      (frame, isOwn, exportedTemplate) = (own, true, .answering)
      return
    }
    let chat: ChatFrame?
    do {
      chat = try contents.chatTemplate?.frame()
    } catch {
      throw .unreadable(file: folder.path, reason: error.description)
    }
    guard
      let frame = PromptFrame(
        contents.tokenizer, endTokens: contents.endTokens, chat: chat,
        plain: ChatFrame(before: "", after: ""))
    else {
      throw .unreadable(
        file: folder.path,
        reason: "it names no end token, and its tokenizer lacks the special tokens "
          + "\(SpecialToken.answer) and \(SpecialToken.end)")
    }
    (self.frame, isOwn, exportedTemplate) = (frame, false, contents.chatTemplate)
  }

  /// Each of them ends an answer.
  var endTokens: [Int32] { frame.endTokens }

  /// What the model reads, at least one token. Special tokens that the prompt spells are text.
  package func prompt(_ text: String) -> [Int32] { frame.prompt(text) }

  /// A label as an answer, with its end.
  func answer(_ label: String) -> [Int32] { frame.answer(label) }
}
