import PromptSearch
import Tasks

/// One field of a person's record, whose fields come in any order.
struct LookupGrammar: TaskGrammar {
  static let fields = ["city", "job", "pet", "food"]

  let name = "lookup"
  let kind = TaskKind.qa
  let metric = Metric.f1
  let labels: [String] = []
  let description = "One field of a person's record: the prompt says which."
  let inputField = "record"
  /// Held out is a word that no other task's prompts have: "food" is a label of topics.
  let heldOut = HeldOut(
    contents: ["pet"], wordings: ["snippet", "result", "retrieve", "profile"])

  var contents: [TaskContent] {
    Self.fields.map { field in
      TaskContent(
        name: field, answer: field, required: [field],
        prompt: """
          Find the details of {{name}} in the text. Wanted: the \(field).
          Text: {{record}}
          Answer:
          """)
    }
  }

  func sample(using generator: inout some RandomNumberGenerator) -> Sample {
    let name = generator.element(of: Vocabulary.names)
    let values = [Vocabulary.cities, Vocabulary.jobs, Vocabulary.pets, Vocabulary.foods]
      .map { generator.element(of: $0) }
    let phrases =
      generator.index(below: 2) == 0
      ? zip(Self.fields, values).map { "\($0) \($1)" }
      : [
        "lives in \(values[0])", "works as a \(values[1])", "has a \(values[2])",
        "likes \(values[3])",
      ]
    let record = "\(name): " + generator.shuffled(phrases).joined(separator: ", ") + "."
    return Sample(
      fields: ["record": record, "name": name],
      answers: Dictionary(uniqueKeysWithValues: zip(Self.fields, values.map { [$0] })))
  }
}
