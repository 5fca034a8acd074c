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
  /// Ends a rewritten prompt.
  public let endToken: Int32
  /// All tokens that end an answer of the model, `endToken` first.
  public let endTokens: [Int32]
  /// The same format as a chat template: for other engines, the last message is the prompt and the
  /// variable `kind` its kind. It renders what `prompt(_:kind:)` encodes.
  public let exportedTemplate: ChatTemplate
  private let tokenizer: Tokenizer
  private let frame: ChatFrame

  /// The format in the tokens of `tokenizer`; nil where it lacks our special tokens.
  public init?(_ tokenizer: Tokenizer) {
    guard let end = tokenizer.id(ofSpecial: SpecialToken.end),
      tokenizer.id(ofSpecial: SpecialToken.answer) != nil
    else { return nil }
    let frame = ChatFrame(before: "", after: SpecialToken.answer)
    do {
      try self.init(tokenizer, frame, endTokens: [end])
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
    var frame = Self.plainFrame(tokenizer)
    if let template {
      do {
        frame = try Self.frame(of: template)
      } catch {
        throw .unusableTemplate(error)
      }
    }
    try self.init(
      tokenizer, frame, endTokens: endTokens, specialTokens: template?.specialTokens ?? [:])
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
    _ tokenizer: Tokenizer, _ frame: ChatFrame, endTokens: [Int32],
    specialTokens: [String: String] = [:]
  ) throws(RewriterFormatError) {
    let written = tokenizer.encode(markup: frame.end).first(where: endTokens.contains)
    guard let endToken = written ?? endTokens.first else { throw .noEndToken }
    self.tokenizer = tokenizer
    self.frame = frame
    self.endToken = endToken
    self.endTokens = [endToken] + endTokens.filter { $0 != endToken }
    do {
      exportedTemplate = try ChatTemplate(
        Self.templateSource(frame), specialTokens: specialTokens)
    } catch {
      throw .unusableTemplate(error)
    }
  }

  /// The sentence that tells the kind; nil is "not said".
  public static func prefix(_ kind: PromptKind?) -> String {
    switch kind {
    case .classification: "This is a classification task."
    case .qa: "This is a question answering task."
    case .generation: "This is a generation task."
    case nil: "This is a task."
    }
  }

  /// What the rewriter reads.
  public func prompt(_ text: String, kind: PromptKind?) -> [Int32] {
    let message = tokenizer.shielded(Self.prefix(kind) + "\n" + text)
    return tokenizer.encode(markup: frame.before + message + frame.after)
  }

  /// What it writes.
  public func response(_ text: String) -> [Int32] { tokenizer.encode(text) + [endToken] }
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
