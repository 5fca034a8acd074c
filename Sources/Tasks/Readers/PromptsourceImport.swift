import Jinja

/// Makes prompts of the templates of one file, and what they need of the examples.
struct PromptsourceImport {
  private let file: ImportedTask.PromptFile
  private let rows: [PromptsourceRow]
  private let columns: Set<String>
  private(set) var result: TemplateImport

  init(file: ImportedTask.PromptFile, rows: [PromptsourceRow]) {
    self.file = file
    self.rows = rows
    columns = rows.reduce(into: []) { $0.formUnion($1.values.keys) }
    result = TemplateImport(
      derivedFields: Array(repeating: [:], count: rows.count),
      answers: Array(repeating: [:], count: rows.count))
  }

  /// Adds the prompts of a template; what cannot be taken is counted as skipped.
  ///
  /// - Parameter number: The template's number in the file, from 1.
  mutating func add(number: Int, name: String, jinja: String, answerChoices: String?) {
    do throws(JinjaError) {
      let template = try PromptsourceTemplate(jinja: jinja, answerChoices: answerChoices)
      let isOnly = template.variants.count == 1
      for (index, variant) in template.variants.enumerated() {
        add(
          variant, choices: template.answerChoices, template: name,
          name: isOnly ? name : "\(name), branch \(index + 1)",
          key: "\(identifier(file.stem))_\(number)" + (isOnly ? "" : "v\(index + 1)"))
      }
    } catch {
      skip(name, error)
    }
  }

  private mutating func skip(_ name: String, _ error: JinjaError) {
    let reason = if case .syntax = error { "not Jinja" } else { error.description }
    result.skipped.append(.init(file: file.path, name: name, reason: reason))
  }

  private mutating func add(
    _ variant: PromptsourceVariant, choices: [JinjaNode]?, template: String, name: String,
    key: String
  ) {
    do throws(JinjaError) {
      let choices = try AnswerChoices(choices)
      let labelWords = try choices.labelWords(for: file.choices)
      try checkColumns(variant.input + variant.target + choices.nodes)
      guard !(variant.input + choices.nodes).contains(where: \.usesChance) else {
        throw .unsupported("random")
      }
      let input = try PromptsourceInput(
        variant, constants: choices.constants, fieldName: fieldName,
        derivedName: { "\(key)_\($0)" })
      let text = try input.text()
      if let labelWords { try check(variant.target, after: input, rendersTo: labelWords) }
      let draft = PromptsourceDraft(
        variant: variant, input: input, choices: choices, isLabelled: labelWords != nil)
      let answer = try addValues(of: draft, key: key)
      let words = choices.constant ?? []
      result.prompts.append(
        Prompt(
          text: text, family: "\(file.stem)/\(template)", style: file.reader.rawValue,
          content: contentName(words), answer: answer,
          labels: labelWords.map(file.labels) ?? [:], required: spelled(words, in: text)))
    } catch {
      skip(name, error)
    }
  }

  /// Refuses a template that reads what no record has.
  private func checkColumns(_ nodes: [JinjaNode]) throws(JinjaError) {
    let read = nodes.readNames.subtracting(nodes.assignedNames).subtracting(["answer_choices"])
    if let missing = read.subtracting(columns).sorted().first {
      throw .unsupported("variable '\(missing)'")
    }
  }

  /// The placeholder of a column: the task's field for it, or its own name where no field of the
  /// examples has that name and another value.
  private func fieldName(_ column: String) -> (name: String, isDerived: Bool)? {
    if let field = file.fields[column], column != file.labelVariable { return (field, false) }
    guard column != "answer_choices", placeholders(in: "{{\(column)}}") == [column] else {
      return nil
    }
    let isFree = rows.allSatisfy { row in
      guard let own = row.fields[column], let value = row.values[column] else { return true }
      return value.isEqual(to: .text(own))
    }
    return isFree ? (column, true) : nil
  }

  /// Refuses a target that is not the label's answer choice for each of the labels.
  private func check(
    _ target: [JinjaNode], after input: PromptsourceInput, rendersTo words: [String]
  ) throws(JinjaError) {
    let known = input.constantNames.union([file.labelVariable])
    var isLabelChoice = target.readNames.isSubset(of: known)
    for (number, word) in words.enumerated() where isLabelChoice {
      var evaluator = input.constants
      evaluator.set(file.labelVariable, to: .integer(number))
      isLabelChoice = finished(try evaluator.render(target) ?? "") == word
    }
    guard isLabelChoice else {
      throw .unsupported("target is not the label's answer choice")
    }
  }

  /// Adds what the examples need for the prompt.
  ///
  /// - Returns: The key of the answers that the prompt asks for.
  private mutating func addValues(
    of draft: PromptsourceDraft, key: String
  ) throws(JinjaError) -> String {
    let isForAll = draft.isLabelled && !draft.input.hasRequirement
    if isForAll && !draft.input.hasDerivedFields { return Example.defaultAnswer }
    let values = try values(of: draft)
    for (index, values) in values.enumerated() {
      result.derivedFields[index].merge(values?.fields ?? [:], uniquingKeysWith: { $1 })
    }
    if isForAll || zip(values, rows).allSatisfy({ $0?.references == $1.references }) {
      return Example.defaultAnswer
    }
    for (index, values) in values.enumerated() {
      result.answers[index][key] = values?.references
    }
    return key
  }

  /// What the prompt needs of each example; nil where it does not apply.
  private func values(of draft: PromptsourceDraft) throws(JinjaError) -> [PromptsourceValues?] {
    var values: [PromptsourceValues?] = []
    var failure: JinjaError?
    for row in rows {
      do throws(JinjaError) {
        values.append(try draft.values(for: row))
      } catch {
        guard case .invalid = error else { throw error }
        failure = failure ?? error
        values.append(nil)
      }
    }
    guard values.contains(where: { $0 != nil }) else {
      throw failure ?? .unsupported("no record it applies to")
    }
    return values
  }
}

/// `name` with nothing but letters, digits and underscores, as placeholders have it.
private func identifier(_ name: String) -> String {
  let word = String(
    name.unicodeScalars.map { scalar in
      scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
        ? Character(scalar) : "_"
    })
  return word.first?.isNumber == true ? "_\(word)" : word
}
