/// One labelled example of a task.
public struct Example: Sendable, Equatable, Identifiable {
  /// The key of `answers` that holds the default references.
  public static let defaultAnswer = "reference"

  /// Unique within the task.
  public let id: String
  /// The part of the data it belongs to.
  public let split: Split
  /// What a prompt's placeholders stand for, such as `["text": "…"]`.
  public let fields: [String: String]
  /// Accepted references by answer key; `answers["reference"]` are the default ones. More keys
  /// where prompts of one task ask for different things ("the city", "the name").
  public let answers: [String: [String]]

  /// An example with references under several answer keys.
  public init(
    id: String, split: Split, fields: [String: String], answers: [String: [String]]
  ) {
    self.id = id
    self.split = split
    self.fields = fields
    self.answers = answers
  }

  /// An example with default references only.
  public init(id: String, split: Split, fields: [String: String], references: [String]) {
    self.init(
      id: id, split: split, fields: fields, answers: [Example.defaultAnswer: references])
  }
}
