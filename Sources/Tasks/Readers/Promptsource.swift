import Jinja

extension ImportedTask.PromptFile {
  /// The prompts of a promptsource file, with what they need of each example.
  ///
  /// The input of a template becomes the text of a prompt: a column stays a placeholder, what is
  /// the same for all records is written out, and any other part becomes a placeholder of its own
  /// whose value is the part rendered for each record. With `choices` the target must be the
  /// label's answer choice. Without, the target rendered for a record is the answer to the prompt;
  /// a `choice` in it stands for each of its items. A prompt applies to the records whose input
  /// and target are not empty. A template that needs more is skipped with the reason.
  ///
  /// - Parameters:
  ///   - text: The file.
  ///   - examples: All examples of the task.
  /// - Throws: `TaskError` for what is not YAML or lacks a key.
  func promptsourcePrompts(
    in text: String, examples: [ImportedExample]
  ) throws(TaskError) -> TemplateImport {
    var rows: [PromptsourceRow] = []
    for example in examples {
      do throws(JinjaError) {
        rows.append(try PromptsourceRow(example, file: self))
      } catch {
        throw .malformed(file: example.place, line: nil, reason: error.description)
      }
    }
    var prompts = PromptsourceImport(file: self, rows: rows)
    let file = try YAMLMapping(text, file: path)
    for (index, template) in (try file.nested("templates")?.mappings ?? []).enumerated() {
      prompts.add(
        number: index + 1, name: trimmed(try template.requiredString("name")),
        jinja: try template.requiredString("jinja"),
        answerChoices: try template.string("answer_choices"))
    }
    return prompts.result
  }
}
