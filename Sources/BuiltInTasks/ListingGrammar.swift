import PromptSearch
import Tasks

/// Three events, and a list of their names or goods, in the order of the text or in reverse.
struct ListingGrammar: TaskGrammar {
  let name = "listing"
  let kind = TaskKind.generation
  let metric = Metric.rougeL
  let labels: [String] = []
  let description = "A list of the names or the goods of three events, in order or in reverse."
  let inputField = "text"
  let heldOut = HeldOut(
    contents: ["goods in reverse"], wordings: ["snippet", "result", "draft", "string"])

  var contents: [TaskContent] {
    [["names", "order"], ["names", "reverse"], ["goods", "order"], ["goods", "reverse"]].map {
      words in
      let name = words.joined(separator: " in ")
      return TaskContent(
        name: name, answer: name, required: words,
        prompt: """
          Write a list from the text. Wanted: the \(name).
          Text: {{text}}
          Answer:
          """)
    }
  }

  func sample(using generator: inout some RandomNumberGenerator) -> Sample {
    let names = generator.sample(3, of: Vocabulary.names)
    let goods = generator.sample(3, of: Vocabulary.goods)
    let links = generator.sample(2, of: ["then", "later", "after that", "next"])
    let sentences = zip(names, goods).map { name, goods in
      "\(name) \(generator.element(of: Vocabulary.verbs).past) \(goods)."
    }
    return Sample(
      fields: ["text": "\(sentences[0]) \(links[0]) \(sentences[1]) \(links[1]) \(sentences[2])"],
      answers: [
        "names in order": [names.joined(separator: " ")],
        "names in reverse": [names.reversed().joined(separator: " ")],
        "goods in order": [goods.joined(separator: " ")],
        "goods in reverse": [goods.reversed().joined(separator: " ")],
      ])
  }
}
