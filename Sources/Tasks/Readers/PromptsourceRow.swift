import Jinja

/// An example as templates see it.
struct PromptsourceRow {
  /// The template variables: the record's columns, the task's fields under the names that the
  /// templates have for them, and the label's number.
  let values: [String: JinjaValue]
  /// The fields that the example has without templates.
  let fields: [String: String]
  /// Its accepted references.
  let references: [String]

  init(_ example: ImportedExample, file: ImportedTask.PromptFile) throws(JinjaError) {
    fields = example.fields
    references = example.answers[Example.defaultAnswer] ?? []
    var record = example.templateRecord
    for (variable, field) in file.fields {
      guard let text = example.fields[field] else { continue }
      record[variable] = .text(text)
    }
    if let number = references.first.flatMap({ file.choices.firstIndex(of: $0) }) {
      record[file.labelVariable] = .integer(number)
    }
    var values: [String: JinjaValue] = [:]
    for (name, value) in record { values[name] = try JinjaValue(value.withoutBars) }
    self.values = values
  }
}

extension ImportedTask.PromptFile {
  /// What templates call the number of the label among `choices`: the variable that `fields` maps to
  /// "label", else that name itself.
  var labelVariable: String {
    fields.filter { $0.value == "label" }.keys.min() ?? "label"
  }
}

/// What stands for the three bars in a record while a template is rendered. It is promptsource's
/// own, since some of its templates look for it.
private let barsStandIn = "3ed2dface8203c4c9dfb1a5dc58e41e0"

/// A rendered text as promptsource has it in the end: with bars again, and without whitespace at its
/// ends.
func finished(_ rendered: String) -> String {
  stripped(withBars(rendered))
}

/// A rendered text with its bars again.
func withBars(_ rendered: String) -> String {
  rendered.replacing(barsStandIn, with: PromptsourceTemplate.bars)
}

extension RecordValue {
  fileprivate var withoutBars: RecordValue {
    switch self {
    case .text(let text): .text(text.replacing(PromptsourceTemplate.bars, with: barsStandIn))
    case .list(let items): .list(items.map(\.withoutBars))
    case .object(let values): .object(values.mapValues(\.withoutBars))
    case .null, .bool, .integer, .number: self
    }
  }
}
