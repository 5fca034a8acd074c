import Foundation
import Tasks
import TestSupport
import Testing

/// Reads every file that docs/data.md has an entry for.
@Suite(.enabled(if: RealData.has("README.md"), "no real data: set MAPO_DATA to their folder"))
struct DataSetsTests {
  /// A data set of docs/data.md: its name, its counts by split ("-" for none), and its entries.
  struct DataSet: CustomTestStringConvertible, Sendable {
    let name: String
    let counts: String
    let files: [ImportedTask.ExampleFile]

    var testDescription: String { name }
  }

  /// The headings "### name: train / dev / test", each with one JSON object a line.
  static func dataSets() throws -> [DataSet] {
    let page = try String(
      contentsOf: TinyWorld.packageRoot.appending(path: "docs/data.md"), encoding: .utf8)
    return try page.components(separatedBy: "\n### ").dropFirst().map { section in
      let lines = section.split(separator: "\n")
      let heading = try #require(lines.first?.firstMatch(of: /^(.+): (\S+ \/ \S+ \/ \S+)$/))
      let files = try lines.filter { $0.hasPrefix("{") }.map {
        try JSONDecoder().decode(ImportedTask.ExampleFile.self, from: Data($0.utf8))
      }
      return DataSet(name: String(heading.1), counts: String(heading.2), files: files)
    }
  }

  @Test func everyEntryReadsWhatThePageSays() throws {
    let dataSets = try Self.dataSets()
    #expect(dataSets.count == 43)
    for dataSet in dataSets {
      var counts: [Split: Int] = [:]
      for file in dataSet.files {
        let (examples, recordCount) = try file.examples(root: RealData.folder, taskLabels: nil)
        #expect(examples.count == recordCount)
        counts[file.split, default: 0] += recordCount
      }
      let found = Split.allCases.map { counts[$0].map { "\($0)" } ?? "-" }
      #expect(found.joined(separator: " / ") == dataSet.counts, "\(dataSet.name)")
    }
  }

  @Test func countsAreThoseThatComeWithTheFiles() throws {
    let readme = try String(
      contentsOf: RealData.folder.appending(path: "README.md"), encoding: .utf8)
    let rows = readme.split(separator: "\n").map { line in
      line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    let tasks = rows.filter { $0.count > 3 && $0[3].contains(" / ") && $0[0] != "task" }
    #expect(tasks.count == 38)
    let dataSets = try Self.dataSets()
    for row in tasks {
      #expect(dataSets.first { $0.name == row[0] }?.counts == row[3], "\(row[0])")
    }
    for pool in dataSets where !tasks.contains(where: { $0[0] == pool.name }) {
      let row = try #require(rows.first { $0.first == pool.name })
      #expect(pool.counts.contains(row[2]), "\(pool.name)")
    }
  }

  private func first(_ name: String, _ split: Split) throws -> ImportedExample {
    let dataSet = try #require(try Self.dataSets().first { $0.name == name })
    let file = try #require(dataSet.files.first { $0.split == split })
    return try #require(
      try file.examples(root: RealData.folder, taskLabels: nil).examples.first)
  }

  @Test func recordsBecomeTheExamplesThatTheyAre() throws {
    let squad = try first("SQuAD 2.0", .dev)
    #expect(squad.fields["question"] == "In what country is Normandy located?")
    #expect(squad.fields["context"]?.hasPrefix("The Normans (Norman: Nourmands;") == true)
    #expect(squad.answers["reference"] == ["France"])
    #expect(try first("GSM8K", .train).answers["reference"] == ["72"])
    #expect(try first("SVAMP", .test).answers["reference"] == ["51"])
    #expect(try first("SNIPS intents", .train).answers["reference"] == ["AddToPlaylist"])
    #expect(try first("SciTLDR-A (XSum-like)", .dev).answers["reference"]?.count == 3)
    #expect(try first("ASSET simplification", .dev).answers["reference"]?.count == 10)
    #expect(try first("BoolQ", .train).answers["reference"] == ["no"])
    #expect(try first("StrategyQA", .test).answers["reference"] == ["Yes"])
    #expect(try first("CLINC150 intents", .train).answers["reference"] == ["direct_deposit"])
  }
}
