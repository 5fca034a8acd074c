import Foundation
import Tasks
import TestSupport
import Testing

@Suite struct LineReaderTests {
  private func lines(
    of bytes: [UInt8], encoding: TextEncoding = .utf8,
    maximumLength: Int = LineReader.defaultMaximumLength
  ) throws -> [LineReader.Line] {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "text.txt")
      try Data(bytes).write(to: url)
      var reader = try LineReader(
        url, as: "text.txt", encoding: encoding, maximumLength: maximumLength)
      var lines: [LineReader.Line] = []
      while let line = try reader.next() { lines.append(line) }
      return lines
    }
  }

  private func lines(of text: String) throws -> [String] {
    try lines(of: Array(text.utf8)).map(\.text)
  }

  @Test func linesAreWhatStandsBetweenLineEnds() throws {
    #expect(try lines(of: "").isEmpty)
    #expect(try lines(of: "\n") == [""])
    #expect(try lines(of: "a") == ["a"])
    #expect(try lines(of: "a\r\n\r\n b\tc \nd\n") == ["a", "", " b\tc ", "d"])
    #expect(try lines(of: "\u{FEFF}é\n\u{FEFF}") == ["é", "\u{FEFF}"])
    #expect(try lines(of: [0xE9, 0x0A], encoding: .latin1).map(\.text) == ["é"])
  }

  @Test func blankLinesAreSkippedButCounted() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "text.txt")
      try Data("\n \t\r\none\n\ntwo".utf8).write(to: url)
      var reader = try LineReader(url, as: "text.txt")
      #expect(try reader.nextWithText()?.number == 3)
      #expect(try reader.nextWithText()?.text == "two")
      #expect(try reader.nextWithText() == nil)
      #expect(try reader.next() == nil)
    }
  }

  /// Lines longer than what is read at once, with characters of several bytes across the border.
  @Test func longLinesComeWhole() throws {
    var random = SeededGenerator(seed: 3)
    let texts = (0..<20).map { _ in
      String(repeating: "aé🙂", count: Int.random(in: 0...80_000, using: &random))
    }
    #expect(try lines(of: texts.joined(separator: "\n") + "\n") == texts)
  }

  @Test func saysWhatIsWrong() throws {
    func words(_ body: () throws -> Void) -> String? {
      #expect(throws: TaskError.self) { try body() }?.description
    }
    #expect(
      words { _ = try lines(of: [0x61, 0x0A, 0xE9, 0x0A]) } == "text.txt line 2: not UTF-8 text")
    #expect(try lines(of: Array("12\n123".utf8), maximumLength: 3).count == 2)
    #expect(
      words { _ = try lines(of: Array("12\n1234\n1".utf8), maximumLength: 3) }
        == "text.txt line 2: a line of more than 3 bytes")
    try withTemporaryFolder { folder in
      #expect(
        words { _ = try LineReader(folder, as: "data") }
          == "data cannot be opened: not a regular file")
      #expect(
        words { _ = try LineReader(folder.appending(path: "no"), as: "no") }
          == "no cannot be opened: no such file")
    }
  }

  /// A file of 1 GB without a line end takes no room on the disk and is not read to its end.
  @Test func gigabyteLineIsRefused() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "huge.jsonl")
      try Data("{}\n".utf8).write(to: url)
      let handle = try FileHandle(forWritingTo: url)
      try handle.truncate(atOffset: 1_000_000_000)
      try handle.close()
      for reader in ImportedTask.ExampleFile.Reader.allCases {
        let file = ImportedTask.ExampleFile(
          path: "huge.jsonl", reader: reader, split: .train, fields: [:], references: ["a"])
        let error = #expect(throws: TaskError.self) {
          _ = try file.examples(root: folder, taskLabels: nil)
        }
        let words = error?.description ?? ""
        switch reader {
        case .json, .numberedJSON:
          #expect(words == "huge.jsonl cannot be opened: longer than 268435456 bytes")
        case .labeledLines:
          #expect(words == "huge.jsonl line 1: no space after the label")
        case .jsonl, .csv, .tsv, .quotedTSV, .lines:
          #expect(words == "huge.jsonl line 2: a line of more than 67108864 bytes")
        }
      }
    }
  }
}
