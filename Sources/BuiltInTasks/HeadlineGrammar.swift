import PromptSearch
import Tasks

/// A headline for an event, with the detail that the prompt wants.
struct HeadlineGrammar: TaskGrammar {
  let name = "headline"
  let kind = TaskKind.generation
  let metric = Metric.rougeL
  let labels: [String] = []
  let description = "A headline for an event: the prompt says which detail goes in."
  let inputField = "text"
  let heldOut = HeldOut(
    contents: ["price"], wordings: ["snippet", "result", "draft", "banner"])

  var contents: [TaskContent] {
    [["city"], ["day"], ["city", "day"], ["price"]].map { details in
      let name = details.joined(separator: " and ")
      return TaskContent(
        name: name, answer: name, required: details,
        prompt: """
          Write a headline for the text. Include the \(details.joined(separator: " and the ")).
          Text: {{text}}
          Answer:
          """)
    }
  }

  func sample(using generator: inout some RandomNumberGenerator) -> Sample {
    let event = Event(using: &generator)
    return Sample(
      fields: ["text": event.sentence(isLong: true, using: &generator)],
      answers: Self.headlines(of: event).mapValues { [$0] })
  }

  /// The headlines of an event, by content.
  static func headlines(of event: Event) -> [String: String] {
    let head = "\(event.name) \(event.verb.present) \(event.goods)"
    return [
      "city": "\(head) in \(event.city)",
      "day": "\(head) on \(event.day)",
      "city and day": "\(head) in \(event.city) on \(event.day)",
      "price": "\(head) for \(event.price) coins",
    ]
  }
}
