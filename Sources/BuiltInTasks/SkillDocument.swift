import PromptSearch
import Tasks

/// A text and questions about it in a neutral code, from which a small model learns the skills
/// that the tasks need before it learns any wording: `context <code> answer ; <code> answer`.
///
/// Many questions to one text teach faster than one: see README.
public struct SkillDocument: Equatable, Sendable {
  /// A question in code and its answer.
  public struct Query: Equatable, Sendable {
    /// What is asked for, such as "<city> anna".
    public let code: String
    /// The answer.
    public let answer: String
  }

  /// The text.
  public let context: String
  /// The questions.
  public let queries: [Query]

  /// The document as one line.
  public var text: String {
    context + " " + queries.map { "\($0.code) \($0.answer)" }.joined(separator: " ; ")
  }

  init(context: String, queries: [(String, String)]) {
    self.context = context
    self.queries = queries.map { Query(code: $0.0, answer: $0.1) }
  }
}

extension TaskWorld {
  /// A random document: 10 % copying, 35 % sentiment (most of it three clauses with a question to
  /// each, which teaches negation), 10 % topics, 10 % records, 35 % events and lists. All contents
  /// are asked for, held-out ones among them, and no text is that of a dev or test example.
  public func skillDocument(
    using generator: inout some RandomNumberGenerator
  ) -> SkillDocument {
    var document = draw(using: &generator)
    while isForEvaluation(document.context) { document = draw(using: &generator) }
    return document
  }

  private func draw(using generator: inout some RandomNumberGenerator) -> SkillDocument {
    let point = generator.unit()
    if point < 0.10 { return copying(using: &generator) }
    if point < 0.30 { return clauses(using: &generator) }
    if point < 0.45 { return opinion(using: &generator) }
    if point < 0.55 { return topic(using: &generator) }
    if point < 0.65 { return record(using: &generator) }
    if point < 0.82 { return event(using: &generator) }
    return list(using: &generator)
  }

  private func copying(using generator: inout some RandomNumberGenerator) -> SkillDocument {
    let words = generator.sample(5 + generator.index(below: 6), of: Vocabulary.all)
      .joined(separator: " ")
    return SkillDocument(context: words, queries: [("<copy>", words)])
  }

  private func clauses(using generator: inout some RandomNumberGenerator) -> SkillDocument {
    let grammar = SentimentGrammar()
    let subjects = generator.sample(3, of: Vocabulary.subjects)
    var texts: [String] = []
    var queries: [(String, String)] = []
    for subject in subjects {
      let isPositive = generator.index(below: 2) == 0
      let pair = generator.element(of: SentimentGrammar.pairs)
      texts.append(
        grammar.clause(
          subject, isPositive: isPositive, negatedShare: 0.3, using: &generator))
      queries.append(("\(code(pair)) \(subject)", pair[isPositive ? 0 : 1]))
    }
    return SkillDocument(
      context: texts.joined(separator: ", ") + ".", queries: generator.shuffled(queries))
  }

  private func opinion(using generator: inout some RandomNumberGenerator) -> SkillDocument {
    labelled(
      SentimentGrammar().sample(using: &generator), SentimentGrammar().labels,
      sets: generator.sample(3, of: SentimentGrammar.pairs), field: "text", more: [])
  }

  private func topic(using generator: inout some RandomNumberGenerator) -> SkillDocument {
    let grammar = TopicGrammar()
    let (sample, about, excluded) = grammar.draw(using: &generator)
    return labelled(
      sample, grammar.labels, sets: generator.shuffled(TopicGrammar.labelSets), field: "text",
      more: [("<about>", about), ("<not about>", excluded)])
  }

  /// A labelled text with a question for each of some label sets.
  private func labelled(
    _ sample: Sample, _ labels: [String], sets: [[String]], field: String,
    more: [(String, String)]
  ) -> SkillDocument {
    let label = sample.answers[Example.defaultAnswer]?.first
    let index = labels.firstIndex { $0 == label } ?? 0
    return SkillDocument(
      context: sample.fields[field] ?? "", queries: more + sets.map { (code($0), $0[index]) })
  }

  private func record(using generator: inout some RandomNumberGenerator) -> SkillDocument {
    let sample = LookupGrammar().sample(using: &generator)
    let fields = generator.sample(3, of: LookupGrammar.fields)
    return SkillDocument(
      context: sample.fields["record"] ?? "",
      queries: fields.map {
        ("<\($0)> \(sample.fields["name"] ?? "")", sample.answers[$0]?.first ?? "")
      })
  }

  /// One event: two headlines and two questions, or four questions.
  private func event(using generator: inout some RandomNumberGenerator) -> SkillDocument {
    let event = Event(using: &generator)
    let isLong = generator.index(below: 2) == 0
    var queries: [(String, String)] = []
    if isLong {
      let headlines = HeadlineGrammar.headlines(of: event)
      queries += generator.sample(2, of: headlines.keys.sorted())
        .map { ("<headline: \($0)>", headlines[$0] ?? "") }
    }
    for kind in generator.sample(isLong ? 2 : 4, of: [0, 1, 2, 3]) {
      let question = QuestionGrammar.question(kind, about: event)
      let key = generator.element(of: [Example.defaultAnswer] + QuestionGrammar.details)
      let code = key == Example.defaultAnswer ? "<answer>" : "<answer, \(key)>"
      queries.append(("\(code) \(question.text)", question.answers[key]?.first ?? ""))
    }
    return SkillDocument(
      context: event.sentence(isLong: isLong, using: &generator),
      queries: generator.shuffled(queries))
  }

  private func list(using generator: inout some RandomNumberGenerator) -> SkillDocument {
    let sample = ListingGrammar().sample(using: &generator)
    let keys = generator.sample(2, of: sample.answers.keys.sorted())
    return SkillDocument(
      context: sample.fields["text"] ?? "",
      queries: keys.map { ("<\($0)>", sample.answers[$0]?.first ?? "") })
  }

  private func code(_ labels: [String]) -> String { "<\(labels.joined(separator: "/"))>" }
}
