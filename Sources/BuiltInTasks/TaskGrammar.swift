import Tasks

/// Something that the prompts of one task differ in and that a rewrite must keep: label words, a
/// wanted field, a detail, an order.
struct TaskContent: Sendable {
  /// Identifier, unique in the task.
  let name: String
  /// Key of the answers it asks for.
  let answer: String
  /// Label words it asks for, by reference.
  let labels: [String: String]
  /// Words that carry it.
  let required: [String]
  /// A plain prompt with this content, from which all others are reworded.
  let prompt: String

  init(
    name: String, answer: String = Example.defaultAnswer, labels: [String: String] = [:],
    required: [String], prompt: String
  ) {
    self.name = name
    self.answer = answer
    self.labels = labels
    self.required = required
    self.prompt = prompt
  }

  /// Label words as content: the prompt lists them.
  static func choice(_ words: [String], for labels: [String], prompt: String) -> TaskContent {
    TaskContent(
      name: words.joined(separator: "/"),
      labels: words == labels ? [:] : Dictionary(uniqueKeysWithValues: zip(labels, words)),
      required: words,
      prompt: prompt.replacing("OPTIONS", with: words.joined(separator: ", ")))
  }
}

/// An example before it has an id and a split.
struct Sample: Sendable {
  let fields: [String: String]
  let answers: [String: [String]]
}

/// How the examples of a task are made, and what its prompts can ask for.
protocol TaskGrammar: Sendable {
  var name: String { get }
  var kind: TaskKind { get }
  var metric: Metric { get }
  var labels: [String] { get }
  var description: String { get }
  var inputField: String { get }
  var contents: [TaskContent] { get }
  var heldOut: HeldOut { get }

  /// A random example with the answers of all contents.
  func sample(using generator: inout some RandomNumberGenerator) -> Sample
}
