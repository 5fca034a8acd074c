import PromptSearch
import Tasks

/// What is a sentence about? Every sentence names as many words of another topic, which it says
/// it is not about.
struct TopicGrammar: TaskGrammar {
  static let labelSets = [
    ["sports", "food", "travel", "money"], ["games", "meals", "trips", "finance"],
    ["athletics", "cooking", "tourism", "banking"],
  ]

  let name = "topic"
  let kind = TaskKind.classification
  let metric = Metric.accuracy
  let labels = TopicGrammar.labelSets[0]
  let description = "What is a sentence about, when it also names what it is not about?"
  let inputField = "text"
  let heldOut = HeldOut(
    contents: ["athletics/cooking/tourism/banking"],
    wordings: ["snippet", "result", "assess", "domain"])

  var contents: [TaskContent] {
    Self.labelSets.map { set in
      .choice(
        set, for: labels,
        prompt: """
          Classify the topic of the text. Options: OPTIONS.
          Text: {{text}}
          Answer:
          """)
    }
  }

  func sample(using generator: inout some RandomNumberGenerator) -> Sample {
    draw(using: &generator).sample
  }

  /// An example with what it is about and not about, in its own words.
  func draw(
    using generator: inout some RandomNumberGenerator
  ) -> (sample: Sample, about: String, excluded: String) {
    let topics = generator.sample(2, of: Array(labels.indices))
    let count = generator.unit() < 0.6 ? 1 : 2
    let phrases = topics.map { topic in
      generator.sample(count, of: Vocabulary.topicWords[topic])
        .map { "the \($0)" }.joined(separator: " and ")
    }
    let text = sentence(about: phrases[0], excluding: phrases[1], using: &generator)
    let sample = Sample(
      fields: ["text": text], answers: [Example.defaultAnswer: [labels[topics[0]]]])
    return (sample, phrases[0], phrases[1])
  }

  private func sentence(
    about topic: String, excluding other: String, using generator: inout some RandomNumberGenerator
  ) -> String {
    let who = generator.element(of: ["they", "we", "the class", "my friends", "the guests"])
    let spoke = generator.element(of: ["talked", "wrote", "spoke", "asked"])
    switch generator.index(below: 8) {
    case 0: return "\(who) skipped \(other) and \(spoke) about \(topic)."
    case 1: return "\(who) \(spoke) about \(topic), not about \(other)."
    case 2: return "instead of \(other) \(who) \(spoke) about \(topic)."
    case 3: return "\(who) forgot \(other) but \(spoke) about \(topic)."
    case 4: return "\(who) \(spoke) about \(topic) and left out \(other)."
    case 5: return "\(who) \(spoke) about \(topic) instead of \(other)."
    case 6: return "nobody named \(other), as \(who) \(spoke) about \(topic)."
    default: return "\(who) \(spoke) not about \(other) but about \(topic)."
    }
  }
}
