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
        text: commands),
      .table(hashTable),
    ]
    if !settings.rows.isEmpty {
      blocks.append(.details(summary: "Every setting", blocks: [.table(settings)]))
    }
    return ReportSection(
      id: "settings", title: "Configuration and reproduction",
      lead: "The same configuration, data, program and kind of processor give the same numbers.",
      blocks: blocks,
      notes: [
        "Of paths only the last part is shown here, and of addresses nothing of the host; run.json "
          + "has them whole."
      ])
  }

  /// What makes everything that is in the folder.
  private var commands: String {
    [
      concernsTraining ? "run" : nil, record.optimization == nil ? nil : "optimize",
      record.study == nil ? nil : "study",
    ].compactMap(\.self).map { "mapo \($0) again.yaml --run again" }.joined(separator: "\n")
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
      let address = word.prefix { $0 != "?" && $0 != "#" }
      let host = address.range(of: "://")
      let path = host.map { address[$0.upperBound...].drop { $0 != "/" } } ?? address
      return path.split(separator: "/").last.map { "…/" + $0 } ?? "…"
    }.joined(separator: " ")
  }
}
