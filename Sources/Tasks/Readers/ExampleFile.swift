extension ImportedTask {
  /// A file of examples: its layout, which records are read, and what their columns mean.
  ///
  /// Columns are named by paths: "answers.text" is the value of "text" in that of "answers", and
  /// the list of these where "answers" is a list; "options.0" is a list's first item.
  public struct ExampleFile: Codable, Equatable, Sendable {
    /// Layout of the file.
    public enum Reader: String, Codable, Sendable, CaseIterable {
      /// One JSON value; `records` says where its records are (SQuAD, BIG-bench, BBH, Natural
      /// Instructions, arrays of objects).
      case json
      /// One JSON object keyed by running number, its values objects (GLUE samples): `json` with
      /// the records "*".
      case numberedJSON
      /// One JSON value a line.
      case jsonl
      /// Commas, quoted as RFC 4180 has it; a quoted cell may hold line ends.
      case csv
      /// Tabs, no quoting (GLUE).
      case tsv
      /// Tabs, quoted as in `csv`.
      case quotedTSV
      /// One text a line, in the column "text".
      case lines
      /// A label, a space and a text a line, in the columns "label" and "text".
      case labeledLines
    }

    /// Path below the data folder.
    public var path: String
    /// Layout of the file.
    public var reader: Reader
    /// Encoding of the file; UTF-8 where nil.
    public var encoding: TextEncoding?
    /// `csv`, `tsv`, `quotedTSV`: the columns of a file without a header.
    public var columns: [String]?
    /// `json`, `jsonl`: the path to the records, "data.paragraphs.qas". Lists on the way stand for
    /// their items, "*" for all values of an object, whose keys are in the column "@key". A record
    /// also has the columns that stand beside the path. Where nil, the value itself.
    public var records: String?
    /// `lines`: files whose lines belong to those of this one, in order; their texts are the list
    /// in the column "aligned".
    public var aligned: [String]?
    /// Columns of text that hold numbers, for templates that calculate with them.
    public var numbers: [String]?
    /// The values that a record must have to be read, by column.
    public var only: [String: String]?
    /// How many records are read, from the first one; all where nil.
    public var take: Int?

    /// The split that its records belong to.
    public var split: Split
    /// Shares of its records that are drawn into other splits, for data without a dev or test set of
    /// its own; none where nil.
    public var drawn: DrawnShares?
    /// The column of ids, unique within the task; numbered by split where nil ("train-17").
    public var id: String?
    /// The task's field by column; other columns are not read.
    public var fields: [String: String]
    /// What joins the items of a field that is a list; lists are refused where nil.
    public var separator: String?
    /// The column of the label. An object of scores by label (BIG-bench's `target_scores`) stands
    /// for the label with the highest one.
    public var label: String?
    /// The task's label by the file's label code, for every code that occurs; codes are labels
    /// where nil.
    public var labels: [String: String]?
    /// Columns of accepted answers, in the place of a label: a text, a list of texts, or an object
    /// of scores by answer.
    public var references: [String]?
    /// What parts several answers in one text.
    public var referenceSeparator: String?
    /// Searched in each answer; the group of its first match is the reference.
    public var referencePattern: AnswerPattern?
    /// The reference of a record without answers ("" for SQuAD 2.0's); refused where nil.
    public var referenceIfNone: String?
    /// For promptsource templates: what they call a column, by column; other columns keep their
    /// names. A name such as "answers.text" makes an object.
    public var templateColumns: [String: String]?

    /// A file of examples.
    public init(
      path: String, reader: Reader, encoding: TextEncoding? = nil, columns: [String]? = nil,
      records: String? = nil, aligned: [String]? = nil, numbers: [String]? = nil,
      only: [String: String]? = nil, take: Int? = nil, split: Split,
      drawn: DrawnShares? = nil, id: String? = nil, fields: [String: String],
      separator: String? = nil, label: String? = nil,
      labels: [String: String]? = nil, references: [String]? = nil,
      referenceSeparator: String? = nil, referencePattern: AnswerPattern? = nil,
      referenceIfNone: String? = nil, templateColumns: [String: String]? = nil
    ) {
      self.path = path
      self.reader = reader
      self.encoding = encoding
      self.columns = columns
      self.records = records
      self.aligned = aligned
      self.numbers = numbers
      self.only = only
      self.take = take
      self.split = split
      self.drawn = drawn
      self.id = id
      self.fields = fields
      self.separator = separator
      self.label = label
      self.labels = labels
      self.references = references
      self.referenceSeparator = referenceSeparator
      self.referencePattern = referencePattern
      self.referenceIfNone = referenceIfNone
      self.templateColumns = templateColumns
    }
  }
}
