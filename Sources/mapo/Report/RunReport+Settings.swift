import Foundation
import Pipeline
import Reports

// What the run was, so that it can be made again.
extension RunReport {
  var settingSection: ReportSection {
    var blocks: [ReportBlock] = [
      .facts([
        ReportFact("run", configuration.name),
        ReportFact(
          "seed", "\(configuration.seed)", explanation: "every random choice follows from it"),
        ReportFact("program", "mapo \(record.manifest.version)"),
      ]),
      .quotation(
        title: "To make it again, with “configuration” of run.json saved as again.yaml",
        text: "mapo run again.yaml --run again"),
      .table(hashTable),
    ]
    if !settings.rows.isEmpty {
      blocks.append(.details(summary: "Every setting", blocks: [.table(settings)]))
    }
    return ReportSection(
      id: "settings", title: "Configuration and reproduction",
      lead: "The same configuration, data, program and kind of processor give the same numbers.",
      blocks: blocks,
      notes: ["Of paths and addresses only the last part is shown here; run.json has them whole."])
  }

  private var hashTable: ReportTable {
    var table = ReportTable(
      caption: "What was read",
      columns: [
        .init("data", .left),
        .init(
          "hash", .left,
          explanation: "Of everything in it that can change a result: the same hash, the same "
            + "data."),
      ])
    for (name, hash) in record.manifest.dataHashes.sorted(by: { $0.key < $1.key }) {
      table.add([.init(withoutFolders(name)), .init(hash)])
    }
    return table
  }

  private var settings: ReportTable {
    var table = ReportTable(
      caption: "The resolved configuration",
      columns: [
        .init("key", .left, explanation: "Keys joined by dots; places in lists from 0."),
        .init("value", .left),
      ])
    do {
      let values = try ConfigurationLoader.values(of: configuration)
      for (key, value) in values.sorted(by: { $0.key < $1.key }) {
        table.add([.init(key), .init(withoutFolders(value))])
      }
    } catch {
      table.add([.init("not readable"), .init("\(error)")])
    }
    return table
  }

  /// A name or value without where on this machine, or on which server, it is: of
  /// "base /home/me/model" the text "base …/model".
  private func withoutFolders(_ text: String) -> String {
    text.split(separator: " ", omittingEmptySubsequences: false).map { word in
      guard word.hasPrefix("/") || word.hasPrefix("~") || word.contains("://") else {
        return String(word)
      }
      let last = word.split(separator: "/").last.map(String.init) ?? ""
      return "…/" + last.prefix { $0 != "?" && $0 != "#" }
    }.joined(separator: " ")
  }
}
