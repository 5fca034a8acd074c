import Foundation
import Tasks
import TestSupport
import Testing

/// Every layout, from record to example, and what is said of files that are broken.
@Suite struct ExampleFileTests {
  typealias ExampleFile = ImportedTask.ExampleFile

  private func file(
    _ reader: ExampleFile.Reader, fields: [String: String] = ["q": "question"]
  ) -> ExampleFile {
    ExampleFile(path: "file", reader: reader, split: .train, fields: fields, references: ["a"])
  }

  private func examples(
    _ file: ExampleFile, of bytes: some Sequence<UInt8>, others: [String: String] = [:]
  ) throws -> [ImportedExample] {
    try withTemporaryFolder { folder in
      try Data(bytes).write(to: folder.appending(path: "file"))
      for (name, text) in others {
        try Data(text.utf8).write(to: folder.appending(path: name))
      }
      return try file.examples(root: folder, taskLabels: nil).examples
    }
  }

  private func examples(
    _ file: ExampleFile, _ text: String, others: [String: String] = [:]
  ) throws -> [ImportedExample] {
    try examples(file, of: text.utf8, others: others)
  }

  private func words(_ file: ExampleFile, _ text: String) -> String? {
    #expect(throws: TaskError.self) { _ = try examples(file, text) }?.description
  }

  // MARK: Layouts

  @Test func tablesOfAllKindsGiveTheSameExample() throws {
    let tables: [(ExampleFile.Reader, String)] = [
      (.csv, "q,a,x\n\"who, \"\"me\"\"?\r\nyou\",no,\n"),
      (.quotedTSV, "q\ta\n\"who, \"\"me\"\"?\nyou\"\tno"),
      (.jsonl, #"{"q": "who, \"me\"?\nyou", "a": "no", "x": null}"#),
      (.json, #"[{"q": "who, \"me\"?\nyou", "a": ["no", "no"]}]"#),
      (.numberedJSON, #"{"7": {"q": "who, \"me\"?\nyou", "a": "no"}}"#),
    ]
    for (reader, text) in tables {
      let found = try examples(file(reader), text)
      #expect(found.map(\.fields) == [["question": "who, \"me\"?\nyou"]])
      #expect(found.map(\.answers) == [["reference": ["no"]]])
    }
    #expect(try examples(file(.tsv), "q\ta\n\"\t1\n").map(\.fields) == [["question": "\""]])
  }

  @Test func aTableWithoutHeaderHasColumnsByConfiguration() throws {
    var file = file(.csv)
    file.columns = ["a", "q"]
    let found = try examples(file, "1,one\n\n2,\n")
    #expect(found.map(\.fields) == [["question": "one"], ["question": ""]])
  }

  /// Whatever stands in the cells comes back, quoted or not.
  @Test func quotedCellsSurvive() throws {
    var random = SeededGenerator(seed: 11)
    let cells = (0..<600).map { _ in
      String(
        (0..<Int.random(in: 0...6, using: &random)).map { _ in
          "a,é\"\n \t🙂".randomElement(using: &random) ?? "a"
        })
    }
    let quoted = cells.map { "\"\($0.replacing("\"", with: "\"\""))\"" }
    let rows = stride(from: 0, to: 600, by: 2).map { "\(quoted[$0]),\(quoted[$0 + 1])" }
    let found = try examples(file(.csv), "q,a\r\n" + rows.joined(separator: "\r\n"))
    #expect(
      found.map { $0.fields["question"] } == stride(from: 0, to: 600, by: 2).map { cells[$0] })
    #expect(
      found.map { $0.answers["reference"] } == stride(from: 1, to: 600, by: 2).map { [cells[$0]] })
  }

  @Test func linesWithLabelsAndAlignedLines() throws {
    let labeled = ExampleFile(
      path: "file", reader: .labeledLines, encoding: .latin1, split: .dev,
      fields: ["text": "text"], label: "label", labels: ["0": "bad"])
    let found = try examples(labeled, of: Array("0 caf".utf8) + [0xE9, 0x20, 0x0A])
    #expect(found.map(\.fields) == [["text": "café"]])
    #expect(found.map(\.answers) == [["reference": ["bad"]]])
    let aligned = ExampleFile(
      path: "file", reader: .lines, aligned: ["b", "c"], split: .dev,
      fields: ["text": "source"], references: ["aligned"])
    let lines = try examples(aligned, "one\ntwo\n", others: ["b": "1\n2", "c": "i\n2\n"])
    #expect(lines.map { $0.answers["reference"] } == [["1", "i"], ["2"]])
    let error = #expect(throws: TaskError.self) {
      _ = try examples(aligned, "one\ntwo\n", others: ["b": "1\n2\n3", "c": ""])
    }
    #expect(error?.description == "b: 3 lines where file has 2")
  }

  @Test func questionsOfSQuADHaveTheirParagraph() throws {
    let squad = ExampleFile(
      path: "file", reader: .json, records: "data.paragraphs.qas", split: .dev, id: "id",
      fields: ["context": "context", "question": "question"], references: ["answers.text"],
      referenceIfNone: "", templateColumns: ["answers.text": "answers.text", "title": "heading"])
    let found = try examples(
      squad,
      """
      {"version": "v2.0", "data": [{"title": "T", "paragraphs": [
        {"context": "C", "qas": [
          {"id": "x", "question": "Q", "answers": [{"text": "A", "answer_start": 0}, {"text": "B"}]},
          {"id": "y", "question": "R", "answers": [], "is_impossible": true}]},
        {"context": "D", "qas": []}]}]}
      """)
    #expect(found.map(\.id) == ["x", "y"])
    #expect(found[1].fields == ["context": "C", "question": "R"])
    #expect(found.map { $0.answers["reference"] } == [["A", "B"], [""]])
    let record = found[0].templateRecord
    #expect(record["answers"] == .object(["text": .list([.text("A"), .text("B")])]))
    #expect(record["heading"] == .text("T"))
    #expect(record["title"] == nil)
  }

  @Test func layoutsOfBIGBenchAndNaturalInstructions() throws {
    var bench = file(.json, fields: ["input": "input"])
    bench.records = "examples"
    bench.references = ["target"]
    let targets = #"{"examples": [{"input": "1+1", "target": ["2", "two"]}]}"#
    #expect(try examples(bench, targets).first?.answers["reference"] == ["2", "two"])
    bench.references = ["target_scores"]
    let scores = #"{"examples": [{"input": "?", "target_scores": {"b": 1, "c": 0, "a": 1.0}}]}"#
    #expect(try examples(bench, scores).first?.answers["reference"] == ["a", "b"])
    bench.references = nil
    bench.label = "target_scores"
    #expect(words(bench, scores) == "file: record examples.0 has several best labels")
    var instructions = file(.json, fields: ["Definition": "task", "input": "input"])
    instructions.records = "Instances"
    instructions.separator = " "
    instructions.references = ["output"]
    let found = try examples(
      instructions,
      #"{"Definition": ["Do", "it."], "Instances": [{"id": "1", "input": "i", "output": ["o"]}]}"#)
    #expect(found.map(\.fields) == [["task": "Do it.", "input": "i"]])
  }

  @Test func keysAndListsAreColumns() throws {
    let keyed = ExampleFile(
      path: "file", reader: .json, records: "*", split: .test, fields: ["data.text": "text"],
      separator: "", label: "@key")
    let music = #"{"Play": [{"data": [{"text": "hear "}, {"text": "this", "entity": "e"}]}]}"#
    let found = try examples(keyed, music)
    #expect(found.map(\.fields) == [["text": "hear this"]])
    #expect(found.map(\.answers) == [["reference": ["Play"]]])
    let pairs = ExampleFile(
      path: "file", reader: .json, records: "val", split: .dev, fields: ["0": "text"], label: "1")
    let listed = try examples(pairs, #"{"val": [["hi", "greet"]], "train": []}"#)
    #expect(listed.map(\.answers) == [["reference": ["greet"]]])
  }

  // MARK: From record to example

  @Test func recordsAreSelectedAndNumbersRead() throws {
    var file = file(.csv)
    file.only = ["split": "dev"]
    file.take = 2
    file.numbers = ["n"]
    let text = "q,a,n,split\nw,1,1,train\nx,1,-2,dev\ny,1,2.50,dev\nz,1,3,dev\n"
    let found = try examples(file, text)
    #expect(found.map { $0.fields["question"] } == ["x", "y"])
    #expect(found.map { $0.templateRecord["n"] } == [.integer(-2), .number(2.5)])
    #expect(words(file, "q,a,n,split\nx,1,two,dev") == "file line 2: the row has no number in 'n'")
    #expect(words(file, "q,a,n,split\nx,1,2,train") == "file has no rows")
  }

  @Test func sharesAreDrawnByText() throws {
    var file = file(.csv)
    file.drawn = DrawnShares(dev: 0.2, test: 0.1)
    let table = "q,a\n" + (0..<1000).map { "question \($0),x\n" }.joined()
    let found = try examples(file, table)
    let counts = Dictionary(grouping: found, by: \.split).mapValues(\.count)
    #expect((150...250).contains(counts[.dev] ?? 0))
    #expect((60...140).contains(counts[.test] ?? 0))
    // Where a text stands, and what stands beside it, decides nothing.
    let reversed = "q,a\n" + (0..<500).reversed().map { "Question \($0),y\n" }.joined()
    #expect(try examples(file, reversed).map(\.split) == found.prefix(500).reversed().map(\.split))
    file.drawn = DrawnShares(dev: 0.7, test: 0.4)
    #expect(words(file, table)?.contains("`drawn`") == true)
  }

  @Test func referencesArePartedAndCutOut() throws {
    var file = file(.jsonl)
    file.referenceSeparator = ";"
    #expect(
      try examples(file, #"{"q": "", "a": "one; two;one;"}"#).first?.answers["reference"]
        == ["one", "two"])
    file.referenceSeparator = nil
    file.referencePattern = try AnswerPattern("#### (.+)")
    let text = #"{"q": "", "a": "6 * 7\n#### 42"}"#
    #expect(try examples(file, text).first?.answers["reference"] == ["42"])
    #expect(
      words(file, #"{"q": "", "a": "42"}"#)
        == "file line 1: the record has an answer that `referencePattern` does not match")
  }

  // MARK: Bad input

  @Test func aMissingValueIsNamed() {
    let jsonl = file(.jsonl)
    #expect(words(jsonl, #"{"a": "1"}"#) == "file line 1: the record has no text in 'q'")
    #expect(words(jsonl, "{\"q\": \"1\"}\n") == "file line 1: the record has no answer in 'a'")
    #expect(
      words(jsonl, #"{"q": ["1", "2"], "a": "1"}"#)
        == "file line 1: the record has a list in 'q', and there is no `separator`")
    #expect(words(jsonl, #"{"q": "1", "a": []}"#) == "file line 1: the record has no answer")
    var json = file(.json)
    json.records = "data.items"
    #expect(words(json, #"{"data": [{"items": []}, {}]}"#) == "file: no 'items' in 'data.1'")
    #expect(words(json, #"{"data": "x"}"#) == "file: no 'items' in 'data'")
    #expect(
      words(json, #"{"data": [{"items": [{"q": "1", "a": "1"}, 5]}]}"#)
        == "file: record data.0.items.1 has no text in 'q'")
    json.id = "id"
    json.records = nil
    #expect(words(json, #"[{"q": "1", "a": "1"}]"#) == "file: record 0 has no id in 'id'")
    json.references = nil
    #expect(words(json, "[]") == "file: its configuration needs either `label` or `references`")
    #expect(words(file(.labeledLines), "0 a\n1\n") == "file line 2: no space after the label")
  }

  @Test func brokenTablesAreNamedByLine() {
    let csv = file(.csv)
    #expect(words(csv, "q,a\nx,1\n\"y,2\nz,3\n") == "file line 3: a quote that is not closed")
    #expect(words(csv, "q,a\n\"x\ny\" z,1\n") == "file line 3: text after a closing quote")
    #expect(words(csv, "q,a\nx\"y,1\n") == "file line 2: a quote in a cell without quotes")
    #expect(words(csv, "q,a\nx,1,2\n") == "file line 2: 3 columns where the header has 2")
    #expect(words(csv, "q,q\nx,1\n") == "file: two columns have one name")
    for reader in [ExampleFile.Reader.csv, .tsv, .quotedTSV, .jsonl, .lines] {
      #expect(words(file(reader), "") == "file has no rows")
    }
  }

  @Test func brokenJSONIsNamedByLine() throws {
    let cut = "{\n\"1\": {\"q\": \"x\",\n\"a\": "
    #expect(words(file(.numberedJSON), cut)?.hasPrefix("file line 3: not JSON") == true)
    #expect(words(file(.json), "[\n{\"q\" 1}]")?.hasPrefix("file line 2: not JSON") == true)
    let cutLines = "{\"q\": \"x\", \"a\": \"1\"}\n\n{\"q\": \"x\", \"a"
    #expect(words(file(.jsonl), cutLines)?.hasPrefix("file line 3: not JSON") == true)
    let deep = String(repeating: "[", count: 100_000)
    for reader in [ExampleFile.Reader.json, .jsonl, .numberedJSON] {
      #expect(words(file(reader), deep)?.hasPrefix("file line 1: not JSON") == true)
    }
  }

  @Test func anotherEncodingIsNoticed() throws {
    let bytes = Array("q\ta\nx\t1\ncaf".utf8) + [0xE9] + Array("\t2\n".utf8)
    for reader in [ExampleFile.Reader.csv, .tsv, .quotedTSV, .lines, .labeledLines, .jsonl] {
      let error = #expect(throws: TaskError.self) { _ = try examples(file(reader), of: bytes) }
      let isEarlier = reader == .labeledLines || reader == .jsonl || reader == .csv
      #expect(isEarlier || error?.description == "file line 3: not UTF-8 text")
    }
    for reader in [ExampleFile.Reader.json, .numberedJSON] {
      let error = #expect(throws: TaskError.self) { _ = try examples(file(reader), of: bytes) }
      #expect(error?.description == "file cannot be opened: not UTF-8 text")
    }
  }

  @Test func numbersAndTruthKeepTheirKinds() throws {
    let found = try examples(
      file(.jsonl),
      #"{"q": "", "a": "", "i": 1, "z": 0, "n": 1.0, "e": 1e2, "t": true, "f": false, "0": null}"#)
    let record = try #require(found.first?.templateRecord)
    #expect([record["i"], record["z"]] == [.integer(1), .integer(0)])
    #expect([record["n"], record["e"]] == [.number(1), .number(100)])
    #expect([record["t"], record["f"], record["0"]] == [.bool(true), .bool(false), .null])
    #expect(record["n"]?.text == "1.0")
  }
}
