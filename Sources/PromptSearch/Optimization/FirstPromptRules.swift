import Tasks

/// Phase 1 by rules: a first prompt from the original's instruction and what the exemplars show.
///
/// The five parts are the paper's (P), with short headings, since small targets read few tokens; what
/// stands under them is ours (O).
struct FirstPromptRules {
  private let brief: TaskBrief
  private let grammar: PromptGrammar
  private let form: PromptForm
  private let choices: [(role: Role, values: [Int])]

  init(brief: TaskBrief, generator: RuleBasedGenerator, heldOut: HeldOutTexts) {
    self.brief = brief
    grammar = generator.grammar
    form = grammar.parse(brief.original)
    choices = generator.choices(for: form, heldOut: heldOut)
  }

  /// The original in the `number`-th of its other frames or wrappers, in the order of `order`, with
  /// every other wording drawn again; after these, behind a stock sentence. nil after the last.
  func alternative(
    _ number: Int, order: inout some RandomNumberGenerator,
    using numbers: inout some RandomNumberGenerator
  ) -> String? {
    var form = reworded(using: &numbers)
    let envelopes = choices.filter { $0.role == .frame || $0.role == .wrapper }
      .flatMap { role, values in order.shuffled(values).map { (role: role, value: $0) } }
    if number < envelopes.count {
      form.set(envelopes[number].role, to: envelopes[number].value)
      return grammar.render(form)
    }
    let sentences = order.shuffled(
      RulePromptWriter.stockSentences.filter { !brief.original.contains($0) })
    let place = number - envelopes.count
    return place < sentences.count ? "\(sentences[place])\n\(grammar.render(form))" : nil
  }

  /// Every role at a value of its own or another one, all alike.
  private func reworded(using numbers: inout some RandomNumberGenerator) -> PromptForm {
    var form = form
    for (role, values) in choices {
      let value = numbers.element(of: values + [form[role]].compactMap(\.self))
      form.set(role, to: value)
    }
    return form
  }

  /// The five parts, in the original's words.
  func fiveParts() -> String {
    let sections: [(heading: String, sentences: [String])] = [
      ("Task type", ["This is a \(brief.kind.words) task."]),
      ("Task", [task]),
      ("Rules", [details] + constraints(besides: grammar.render(form))),
      ("Steps", [hasReasoning ? "Think step by step, then give the answer." : "Read every word."]),
      ("Tips", ["Be exact."]),
    ]
    let text = sections.map { heading, sentences in
      (heading, sentences.filter { !$0.isEmpty }.joined(separator: " "))
    }.filter { !$0.1.isEmpty }.map { "### \($0.0)\n\($0.1)" }
    return (text + [ending].filter { !$0.isEmpty }).joined(separator: "\n")
  }

  /// What is to be done, without its frame; the author's description where the original has no
  /// instruction of its own.
  private var task: String {
    guard let instruction = form.instruction, instruction.isComplete else {
      return brief.description
    }
    let clause = grammar.rendered(instruction.clause)
    return clause.isEmpty ? grammar.rendered(instruction.tail) : capitalizing(clause) + "."
  }

  /// What the instruction says beyond its clause: label words, wanted details.
  private var details: String {
    guard let instruction = form.instruction, !instruction.clause.isEmpty else { return "" }
    return grammar.rendered(instruction.tail)
  }

  /// Sentences on the form of an answer that a prompt which says `text` still needs.
  private func constraints(besides text: String) -> [String] {
    let saysLabels = brief.labels.allSatisfy { hasWord($0, in: text) }
    return (saysLabels ? [] : [AnswerForm.choice(of: brief.labels)])
      + (hasReasoning ? [] : ["Write nothing else."])
  }

  /// Whether the wanted answers give reasons: where the task is not to write a text, some exemplar's
  /// has more than one line or sentence.
  private var hasReasoning: Bool {
    brief.kind != .generation
      && brief.exemplars.contains { PromptSentences($0.output).parts.count > 1 }
  }

  /// The lines with the input and the cue; half a sentence, or a text that holds its input within, as
  /// it stands in the original.
  private var ending: String {
    guard let instruction = form.instruction else { return grammar.render(form) }
    var rest = form
    rest.leading = ""
    if instruction.isComplete {
      (rest.instruction, rest.gap, rest.order) = (nil, "", .instructionFirst)
    }
    return grammar.render(rest)
  }
}
