/// What a file of prompts gives a task: the prompts, and what they need of its examples.
struct TemplateImport {
  /// The prompts, in the order of the file.
  var prompts: [Prompt] = []
  /// Fields that a record's example gets in addition, by record; none where empty.
  var derivedFields: [[String: String]] = []
  /// Answers that a record's example gets in addition, by record; none where empty.
  var answers: [[String: [String]]] = []
  /// What was not taken.
  var skipped: [ImportReport.SkippedPrompt] = []
}
