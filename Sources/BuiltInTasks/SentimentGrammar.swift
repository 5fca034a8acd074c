import PromptSearch
import Tasks

/// Is an opinion good or bad? Negation turns a clause round, and with two clauses the main clause
/// decides, wherever it stands: the words alone say next to nothing.
struct SentimentGrammar: TaskGrammar {
  static let pairs = [
    ["positive", "negative"], ["good", "bad"], ["happy", "angry"], ["plus", "minus"],
    ["up", "down"],
  ]

  let name = "sentiment"
  let kind = TaskKind.classification
  let metric = Metric.accuracy
  let labels = SentimentGrammar.pairs[0]
  let description = "Is the main clause of an opinion positive or negative?"
  let inputField = "text"
  let heldOut = HeldOut(
    contents: ["happy/angry"], wordings: ["snippet", "result", "assess", "attitude"])

  var contents: [TaskContent] {
    Self.pairs.map { pair in
      .choice(
        pair, for: labels,
        prompt: """
          Classify the sentiment of the text. Options: OPTIONS.
          Text: {{text}}
          Answer:
          """)
    }
  }

  func sample(using generator: inout some RandomNumberGenerator) -> Sample {
    let isPositive = generator.index(below: 2) == 0
    let subjects = generator.sample(2, of: Vocabulary.subjects)
    let main = clause(subjects[0], isPositive: isPositive, using: &generator)
    var text = main
    if generator.unit() < 0.8 {
      let agrees = generator.unit() < 0.25
      let side = clause(subjects[1], isPositive: isPositive == agrees, using: &generator)
      text = join(main: main, side: side, using: &generator)
    }
    return Sample(
      fields: ["text": text + "."],
      answers: [Example.defaultAnswer: [labels[isPositive ? 0 : 1]]])
  }

  /// A clause about `subject`.
  ///
  /// - Parameter negatedShare: How many are negated. At one half, as in the task, a word says nothing
  ///   by itself; a model learns what words mean from clauses of which fewer are negated.
  func clause(
    _ subject: String, isPositive: Bool, negatedShare: Double = 0.5,
    using generator: inout some RandomNumberGenerator
  ) -> String {
    let isNegated = generator.unit() < negatedShare
    let words = isPositive == isNegated ? Vocabulary.blame : Vocabulary.praise
    return "the \(subject) was \(isNegated ? "not " : "")\(generator.element(of: words))"
  }

  private func join(
    main: String, side: String, using generator: inout some RandomNumberGenerator
  ) -> String {
    switch generator.index(below: 6) {
    case 0, 1: "\(side), but \(main)"
    case 2: "although \(side), \(main)"
    case 3: "\(main), although \(side)"
    case 4: "even though \(side), \(main)"
    default: "\(main), even though \(side)"
    }
  }
}
