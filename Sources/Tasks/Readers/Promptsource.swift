import Foundation

/// Why a template cannot be taken.
private struct UnsupportedTemplate: Error {
  let reason: String
}

extension ImportedTask.PromptFile {
  /// The prompts of a promptsource file: the part of each template before the three bars.
  ///
  /// Understood are the variables of `fields`, quoted literals, `answer_choices` by number or
  /// joined, and targets that are the label's answer choice and nothing else. A template that
  /// needs more is skipped, with the reason.
  func promptsourcePrompts(
    in text: String
  ) throws(TaskError) -> (prompts: [Prompt], skipped: [ImportReport.SkippedPrompt]) {
    var prompts: [Prompt] = []
    var skipped: [ImportReport.SkippedPrompt] = []
    let file = try YAMLMapping(text, file: path)
    for template in try file.nested("templates")?.mappings ?? [] {
      let name = trimmed(try template.requiredString("name"))
      let jinja = try template.requiredString("jinja")
      let answerChoices = try template.string("answer_choices") ?? ""
      do throws(UnsupportedTemplate) {
        prompts.append(try prompt(jinja, answerChoices: answerChoices, name: name))
      } catch {
        skipped.append(.init(file: path, name: name, reason: error.reason))
      }
    }
    return (prompts, skipped)
  }

  private func prompt(
    _ jinja: String, answerChoices: String, name: String
  ) throws(UnsupportedTemplate) -> Prompt {
    let words = answerChoices.components(separatedBy: "|||").map(trimmed)
    guard words.count == choices.count else {
      throw UnsupportedTemplate(reason: "other number of answer choices")
    }
    let (input, target) = try inputAndTarget(of: jinja)
    guard isLabelChoice(target) else {
      throw UnsupportedTemplate(reason: "target is not the label's answer choice")
    }
    var text = ""
    for part in input { text += try rendered(part, choices: words) }
    text = trimmed(text)
    return Prompt(
      text: text, family: "\(stem)/\(name)", style: reader.rawValue, content: contentName(words),
      labels: labels(words), required: spelled(words, in: text))
  }

  /// The text that a part of the template stands for.
  private func rendered(
    _ part: JinjaPart, choices: [String]
  ) throws(UnsupportedTemplate) -> String {
    let expression: String
    switch part {
    case .text(let text): return text
    case .expression(let inside): expression = inside
    }
    if let literal = quotedLiteral(expression) { return literal }
    if let field = fields[expression] { return "{{\(field)}}" }
    if let match = expression.wholeMatch(of: /answer_choices\s*\[\s*(\d+)\s*\]/),
      let index = Int(match.1), choices.indices.contains(index)
    {
      return choices[index]
    }
    if let separator = joinSeparator(expression) { return choices.joined(separator: separator) }
    if expression.wholeMatch(of: /[A-Za-z_]\w*/) != nil {
      throw UnsupportedTemplate(reason: "variable '\(expression)'")
    }
    throw UnsupportedTemplate(reason: "expression")
  }
}

/// A piece of a Jinja template.
private enum JinjaPart {
  case text(String)
  /// What stands between double braces, trimmed.
  case expression(String)
}

/// The parts before and after the first three bars in the template's text.
private func inputAndTarget(
  of jinja: String
) throws(UnsupportedTemplate) -> (input: [JinjaPart], target: [JinjaPart]) {
  let parts = try jinjaParts(of: jinja)
  for (index, part) in parts.enumerated() {
    guard case .text(let text) = part, let bars = text.range(of: "|||") else { continue }
    return (
      parts[..<index] + [.text(String(text[..<bars.lowerBound]))],
      [.text(String(text[bars.upperBound...]))] + parts[(index + 1)...]
    )
  }
  throw UnsupportedTemplate(reason: "no target")
}

private func jinjaParts(of jinja: String) throws(UnsupportedTemplate) -> [JinjaPart] {
  guard !jinja.contains("{%"), !jinja.contains("{#") else {
    throw UnsupportedTemplate(reason: "statement")
  }
  var parts: [JinjaPart] = []
  var rest = jinja[...]
  while let opening = rest.range(of: "{{") {
    guard let closing = rest.range(of: "}}", range: opening.upperBound..<rest.endIndex) else {
      throw UnsupportedTemplate(reason: "expression")
    }
    parts.append(.text(String(rest[..<opening.lowerBound])))
    parts.append(.expression(trimmed(String(rest[opening.upperBound..<closing.lowerBound]))))
    rest = rest[closing.upperBound...]
  }
  return parts + [.text(String(rest))]
}

/// Whether the target is `answer_choices[label]` alone. The threshold form is that of a graded
/// label in 0...1, and means the same for the codes 0 and 1.
private func isLabelChoice(_ target: [JinjaPart]) -> Bool {
  var expressions: [String] = []
  for part in target {
    switch part {
    case .text(let text): if !trimmed(text).isEmpty { return false }
    case .expression(let inside): expressions.append(inside)
    }
  }
  guard expressions.count == 1 else { return false }
  let label = /answer_choices\s*\[\s*(label|0 if label < 0\.5 else 1)\s*\]/
  return expressions[0].wholeMatch(of: label) != nil
}

/// The text of a quoted literal without escapes; nil for any other expression.
private func quotedLiteral(_ expression: String) -> String? {
  if let match = expression.wholeMatch(of: /"([^"\\]*)"/) { return String(match.1) }
  return expression.wholeMatch(of: /'([^'\\]*)'/).map { String($0.1) }
}

/// The separator of `answer_choices | join(…)` or `….join(answer_choices)`.
private func joinSeparator(_ expression: String) -> String? {
  let filter = /answer_choices\s*\|\s*join\s*\(\s*(.*?)\s*\)/
  let method = /(.*?)\s*\.\s*join\s*\(\s*answer_choices\s*\)/
  let quoted = expression.wholeMatch(of: filter)?.1 ?? expression.wholeMatch(of: method)?.1
  guard let quoted else { return nil }
  return quotedLiteral(String(quoted).replacing("\\n", with: "\n"))
}
