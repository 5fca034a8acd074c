import LanguageModels
import Tokenizers

/// What a prompt asks its reader to do.
public enum PromptKind: String, Codable, Sendable, CaseIterable {
  /// Choose one of several labels.
  case classification
  /// Answer a question from a text.
  case qa
  /// Write a text.
  case generation
}

/// How a rewriter reads a prompt: what opens a text, a sentence that tells the task's kind, the
/// prompt, and what opens an answer; it then writes the rewritten prompt and the end token.
///
/// What opens and what closes depends on what the rewriter was trained from: our own tokenizers have
/// an answer token; a chat model sees a user's message, framed by its chat template; any other model
/// sees a heading.
///
/// Source: MAPO (P) for the sentence; the wording and the one for "not said" are ours (O).
public struct RewriterFormat: Sendable {
  /// The same format as a chat template: for other engines, the last message is the prompt and the
  /// variable `kind` its kind. It renders what `prompt(_:kind:)` encodes.
  public let exportedTemplate: ChatTemplate
  private let frame: PromptFrame

  /// The format in the tokens of `tokenizer`; nil where it lacks our special tokens.
  public init?(_ tokenizer: Tokenizer) {
    guard let frame = PromptFrame(own: tokenizer) else { return nil }
    do {
      try self.init(frame)
    } catch {
      preconditionFailure("\(error)")
    }
  }

  /// The format for a model that was trained by others, or by us from such a one.
  ///
  /// - Parameters:
  ///   - endTokens: All that end an answer.
  ///   - template: How the model is shown a conversation; nil where it knows none.
  /// - Throws: `RewriterFormatError` where there is no end token, or the template cannot frame a
  ///   message.
  public init(
    _ tokenizer: Tokenizer, endTokens: [Int32], template: ChatTemplate?
  ) throws(RewriterFormatError) {
    if let own = RewriterFormat(tokenizer) {
      self = own
      return
    }
    let chat: ChatFrame?
    do {
      chat = try template.map(Self.frame(of:))
    } catch {
      throw .unusableTemplate(error)
    }
    guard
      let frame = PromptFrame(
        tokenizer, endTokens: endTokens, chat: chat, plain: Self.plainFrame)
    else { throw .noEndToken }
    try self.init(frame, specialTokens: template?.specialTokens ?? [:])
  }

  /// The format for the model of a folder: our special tokens where its tokenizer has them, else its
  /// chat template, else a heading.
  ///
  /// - Throws: `RewriterFormatError` where nothing ends an answer, or the chat template cannot frame
  ///   a message.
  public init(_ folder: ModelFolder) throws(RewriterFormatError) {
    try self.init(
      folder.tokenizer, endTokens: folder.endTokens, template: folder.chatTemplate)
  }

  private init(
    _ frame: PromptFrame, specialTokens: [String: String] = [:]
  ) throws(RewriterFormatError) {
    self.frame = frame
    do {
      exportedTemplate = try ChatTemplate(
        Self.templateSource(frame), specialTokens: specialTokens)
    } catch {
      throw .unusableTemplate(error)
    }
  }

  /// Ends a rewritten prompt.
  public var endToken: Int32 { frame.end }

  /// All tokens that end an answer of the model, `endToken` first.
  public var endTokens: [Int32] { frame.endTokens }

  /// The sentence that tells the kind; nil is "not said".
  public static func prefix(_ kind: PromptKind?) -> String {
    switch kind {
    case .classification: "This is a classification task."
    case .qa: "This is a question answering task."
    case .generation: "This is a generation task."
    case nil: "This is a task."
    }
  }

  /// What the rewriter reads. Where its chat template drops the white space around a message, that
  /// around the text is dropped.
  public func prompt(_ text: String, kind: PromptKind?) -> [Int32] {
    frame.prompt(text, behind: Self.prefix(kind) + "\n")
  }

  /// What it writes.
  public func response(_ text: String) -> [Int32] { frame.answer(text) }
}

/// A model that cannot be shown a prompt to rewrite.
public enum RewriterFormatError: Error, Equatable, Sendable {
  /// Nothing ends an answer.
  case noEndToken
  /// The chat template cannot frame a message.
  case unusableTemplate(ChatTemplateError)
}

extension RewriterFormatError: CustomStringConvertible {
  /// One sentence for the person who ran the command.
  public var description: String {
    switch self {
    case .noEndToken: "the model has no token that ends an answer"
    case .unusableTemplate(let error): error.description
    }
  }
}
