import Jinja

/// The answer choices of a template.
struct AnswerChoices {
  /// Their template; empty where there are none.
  let nodes: [JinjaNode]
  /// The choices, where they are the same for all records.
  let constant: [String]?
  /// `answer_choices` where it is the same for all records, as values by name.
  let constants: [String: JinjaValue]

  init(_ nodes: [JinjaNode]?) throws(JinjaError) {
    self.nodes = nodes ?? []
    guard let nodes else {
      constant = nil
      constants = ["answer_choices": .none]
      return
    }
    guard nodes.readNames.isSubset(of: nodes.assignedNames) else {
      constant = nil
      constants = [:]
      return
    }
    let words = try Self.words(of: nodes, in: [:])
    constant = words
    constants = ["answer_choices": try .list(words.map { .text($0) })]
  }

  /// The choices in the order of the labels; nil where the task asks for none.
  func labelWords(for labels: [String]) throws(JinjaError) -> [String]? {
    guard !labels.isEmpty else { return nil }
    guard let constant, constant.count == labels.count else {
      throw .unsupported("other number of answer choices")
    }
    return constant
  }

  /// `answer_choices` for a record, among its values.
  func added(to values: [String: JinjaValue]) throws(JinjaError) -> [String: JinjaValue] {
    guard constants.isEmpty else { return values.merging(constants, uniquingKeysWith: { $1 }) }
    var scope = values
    scope["answer_choices"] = try .list(Self.words(of: nodes, in: values).map { .text($0) })
    return scope
  }

  private static func words(
    of nodes: [JinjaNode], in values: [String: JinjaValue]
  ) throws(JinjaError) -> [String] {
    var evaluator = JinjaEvaluator(values)
    let text = try evaluator.render(nodes) ?? ""
    return splitText(text, by: PromptsourceTemplate.bars).map(finished)
  }
}

/// What a prompt needs of an example.
struct PromptsourceValues {
  /// Values of the placeholders that examples do not have by themselves.
  var fields: [String: String] = [:]
  /// The accepted answers.
  var references: [String] = []
}

/// A prompt that is being made.
struct PromptsourceDraft {
  let variant: PromptsourceVariant
  let input: PromptsourceInput
  let choices: AnswerChoices
  /// Whether the target is the label's answer choice.
  let isLabelled: Bool

  /// The most items that a `choice` may have.
  private static let maximumChoices = 100

  /// What the prompt needs of the example of `row`; nil where it does not apply.
  func values(for row: PromptsourceRow) throws(JinjaError) -> PromptsourceValues? {
    var evaluator = JinjaEvaluator(try choices.added(to: row.values))
    var values = PromptsourceValues()
    var whole = ""
    for (node, piece) in zip(variant.input, input.pieces) {
      guard let text = try evaluator.render([node]) else { return nil }
      whole += text
      switch piece {
      case .derived(let name): values.fields[name] = withBars(text)
      case .field(let variable, let name, let isDerived):
        guard row.values[variable]?.isGiven == true else { return nil }
        if isDerived { values.fields[name] = withBars(text) }
      case .literal, .silent: break
      }
    }
    guard !finished(whole).isEmpty else { return nil }
    values.references = isLabelled ? row.references : try answers(after: evaluator, row)
    return values.references.isEmpty ? nil : values
  }

  /// The target, or all it can be where it holds a `choice`. One that is among the references of
  /// the example stands for all of them.
  private func answers(
    after input: JinjaEvaluator, _ row: PromptsourceRow
  ) throws(JinjaError) -> [String] {
    var answers: [String] = []
    var count = 1
    var index = 0
    while index < count {
      var evaluator = input
      evaluator.choice = index
      let answer = finished(try evaluator.render(variant.target) ?? "")
      if !answer.isEmpty && !answers.contains(answer) { answers.append(answer) }
      count = evaluator.choiceCount ?? 1
      guard count <= Self.maximumChoices else { throw .tooLarge("a list to choose from") }
      index += 1
    }
    let isReference = !answers.isEmpty && answers.allSatisfy(row.references.contains)
    return isReference ? row.references : answers
  }
}

extension JinjaValue {
  /// Whether a column has a value, be it an empty one.
  fileprivate var isGiven: Bool {
    switch self {
    case .undefined, .none: false
    default: true
    }
  }
}
