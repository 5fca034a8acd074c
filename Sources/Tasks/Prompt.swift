/// One prompt template with `{{field}}` placeholders.
public struct Prompt: Sendable, Equatable {
  /// The template. Without a placeholder the task's input field is appended after a blank line.
  public let text: String
  /// Family of descent: a prompt and what was derived from it. Splits are by family.
  public let family: String
  /// Style family, such as "imperative" or "question".
  public let style: String
  /// What must survive a rewrite, as an identifier ("good/bad", "names, reversed"); "" where none.
  public let content: String
  /// The key of an example's `answers` that this prompt asks for.
  public let answer: String
  /// The label word this prompt asks for, by reference; references not listed stay as they are.
  public let labels: [String: String]
  /// Words that carry the content and must survive any rewrite, such as `["good", "bad"]`.
  public let required: [String]

  /// A prompt; by default it asks for the default references as they are.
  public init(
    text: String, family: String, style: String, content: String = "",
    answer: String = Example.defaultAnswer, labels: [String: String] = [:],
    required: [String] = []
  ) {
    self.text = text
    self.family = family
    self.style = style
    self.content = content
    self.answer = answer
    self.labels = labels
    self.required = required
  }
}
