extension ImportedTask {
  /// A file of prompts.
  public struct PromptFile: Codable, Equatable, Sendable {
    /// Layout of the file.
    public enum Reader: String, Codable, Sendable, CaseIterable {
      /// promptsource's YAML of Jinja templates.
      case promptsource
      /// One prompt a line.
      case lines
      /// One JSON value; `texts` says where its prompts are (BIG-bench's task prefix, the definition
      /// of Natural Instructions).
      case json
    }

    /// Path below the data folder.
    public var path: String
    /// Layout of the file.
    public var reader: Reader
    /// `promptsource`: the task's field by template variable. Other readers: not used.
    public var fields: [String: String]
    /// The task's labels, in the order of the answer choices (`promptsource`: the file's own label
    /// codes 0, 1, …) or of `labelWords`.
    public var choices: [String]
    /// `lines`, `json`: sets of label words in the order of `choices`; a prompt asks for the first
    /// set of which it holds every word, and is skipped where it holds none. Without choices
    /// every prompt is taken, and the examples' own labels or references are its answers.
    public var labelWords: [[String]]
    /// `json`: paths to a text or to a list of texts, each of them a prompt.
    public var texts: [String]?

    /// A file of prompts.
    public init(
      path: String, reader: Reader, fields: [String: String], choices: [String],
      labelWords: [[String]], texts: [String]? = nil
    ) {
      self.path = path
      self.reader = reader
      self.fields = fields
      self.choices = choices
      self.labelWords = labelWords
      self.texts = texts
    }
  }
}
