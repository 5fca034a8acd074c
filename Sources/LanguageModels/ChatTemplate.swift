import Jinja

/// One message of a conversation.
public struct ChatMessage: Sendable, Equatable {
  /// Who speaks.
  public enum Role: String, Sendable {
    /// Says how to answer.
    case system
    /// Asks.
    case user
    /// Answers: the model.
    case assistant
  }

  /// Who speaks.
  public var role: Role
  /// What is said; may hold anything.
  public var content: String

  /// A message.
  public init(role: Role, content: String) {
    self.role = role
    self.content = content
  }
}

/// How a model is shown a conversation: a Jinja template, as `tokenizer_config.json` holds it.
///
/// Rendering agrees with `transformers`' `apply_chat_template`, but for the day: `strftime_now` says
/// 26 July 2024 on every day, which is what Llama 3.2's template says where it is not told, so that
/// a prompt is the same today and tomorrow.
public struct ChatTemplate: Sendable {
  /// The template's text.
  public let source: String
  /// The tokens that a template may name, such as "bos_token", with their spelling.
  public let specialTokens: [String: String]
  private let template: JinjaTemplate

  /// Reads a template.
  ///
  /// - Parameters:
  ///   - source: The template's text.
  ///   - specialTokens: Spellings by the names that templates have for them: "bos_token",
  ///     "eos_token".
  /// - Throws: `ChatTemplateError.unreadable` for what is not Jinja or is outside the subset.
  public init(
    _ source: String, specialTokens: [String: String] = [:]
  ) throws(ChatTemplateError) {
    do {
      template = try JinjaTemplate(source, .chatTemplate)
    } catch {
      throw .unreadable(reason: error.description)
    }
    self.source = source
    self.specialTokens = specialTokens
  }

  /// A template of our own, which can be read.
  init(own source: String) {
    do {
      try self.init(source)
    } catch {
      preconditionFailure("\(error)")
    }
  }

  /// The text of a conversation.
  ///
  /// - Parameters:
  ///   - messages: Oldest first.
  ///   - addGenerationPrompt: Whether what opens the model's answer follows.
  ///   - variables: Further values by name, such as a task's kind.
  /// - Throws: `ChatTemplateError.unrenderable` where the template refuses the messages, or asks for
  ///   what they have not.
  public func render(
    _ messages: [ChatMessage], addGenerationPrompt: Bool = true, variables: [String: String] = [:]
  ) throws(ChatTemplateError) -> String {
    try render(
      messages, addGenerationPrompt: addGenerationPrompt, variables: variables, flags: [:])
  }

  /// The same with further values that are true or false.
  func render(
    _ messages: [ChatMessage], addGenerationPrompt: Bool = true, variables: [String: String] = [:],
    flags: [String: Bool]
  ) throws(ChatTemplateError) -> String {
    do {
      var values: [String: JinjaValue] = [
        "messages": try .list(
          try messages.map { (message) throws(JinjaError) in
            try JinjaValue(message)
          }),
        "add_generation_prompt": .boolean(addGenerationPrompt), "tools": .none, "documents": .none,
      ]
      for (name, text) in specialTokens { values[name] = try .bounded(text) }
      for (name, text) in variables { values[name] = try .bounded(text) }
      for (name, flag) in flags { values[name] = .boolean(flag) }
      return try template.rendered(values)
    } catch {
      throw .unrenderable(reason: error.description)
    }
  }
}

extension ChatTemplate: Equatable {
  /// Whether both are the same text with the same tokens.
  public static func == (left: ChatTemplate, right: ChatTemplate) -> Bool {
    left.source == right.source && left.specialTokens == right.specialTokens
  }
}

extension JinjaValue {
  fileprivate init(_ message: ChatMessage) throws(JinjaError) {
    self = .dictionary(
      try JinjaDictionary(
        keys: [.text("role"), .text("content")],
        values: [.text(message.role.rawValue), try .bounded(message.content)]))
  }
}

/// A chat template that cannot be used.
public enum ChatTemplateError: Error, Equatable, Sendable {
  /// It is not Jinja, or asks for what we lack.
  case unreadable(reason: String)
  /// It cannot be applied to these messages.
  case unrenderable(reason: String)
}

extension ChatTemplateError: CustomStringConvertible {
  /// One sentence for the person who ran the command.
  public var description: String {
    switch self {
    case .unreadable(let reason): "the chat template cannot be read: \(reason)"
    case .unrenderable(let reason): "the chat template cannot be applied: \(reason)"
    }
  }
}
