import PromptSearch
import Tasks

/// A question about one event, answered alone or with a further detail after it.
///
/// Where the detail is what the question asks for, it is said once.
struct QuestionGrammar: TaskGrammar {
  let name = "question"
  let kind = TaskKind.qa
  let metric = Metric.f1
  let labels: [String] = []
  let description = "Who, what, where or when? Some prompts want a detail after the answer."
  let inputField = "text"
  let heldOut = HeldOut(
    contents: ["answer, then the place"], wordings: ["snippet", "result", "address", "inquiry"])

  /// Answer keys of the contents that want a detail.
  static let details = ["day", "person", "place"]

  var contents: [TaskContent] {
    [TaskContent(name: "answer only", required: [], prompt: prompt(addition: ""))]
      + Self.details.map { detail in
        TaskContent(
          name: "answer, then the \(detail)", answer: detail, required: [detail],
          prompt: prompt(addition: " Also add the \(detail)."))
      }
  }

  private func prompt(addition: String) -> String {
    """
    Answer the question about the text.\(addition)
    Text: {{text}}
    Question: {{question}}
    Answer:
    """
  }

  func sample(using generator: inout some RandomNumberGenerator) -> Sample {
    let event = Event(using: &generator)
    let question = Self.question(generator.index(below: 4), about: event)
    return Sample(
      fields: [
        "text": event.sentence(isLong: false, using: &generator), "question": question.text,
      ],
      answers: question.answers)
  }

  /// One of the four questions about an event, and its answers by key.
  static func question(
    _ kind: Int, about event: Event
  ) -> (text: String, answers: [String: [String]]) {
    let (subject, object) = (event.name, event.goods)
    let verb = event.verb
    let (text, answer, asked): (String, String, String) =
      switch kind {
      case 0: ("who \(verb.past) the \(object)?", subject, "person")
      case 1: ("what did \(subject) \(verb.base)?", object, "")
      case 2: ("where did \(subject) \(verb.base) the \(object)?", event.city, "place")
      default: ("when did \(subject) \(verb.base) the \(object)?", event.day, "day")
      }
    let additions = [
      "day": "on \(event.day)", "person": "by \(subject)", "place": "in \(event.city)",
    ]
    let answers = additions.mapValues { ["\(answer) \($0)"] }
      .merging([Example.defaultAnswer: [answer], asked: [answer]]) { _, own in own }
    return (text, answers.filter { !$0.key.isEmpty })
  }
}
