import ArgumentParser
import Foundation
import Pipeline

/// `mapo task`: the built-in tasks.
struct TaskCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "task", abstract: "Make the built-in tasks anew.", subcommands: [Build.self])

  struct Build: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write the built-in tasks; the same phrase book gives the same files.")

    @Option(help: "The phrase book.")
    var phrasebook = "Data/phrasebook.json"

    @Option(help: "Folder to write to.")
    var output = "Data/tasks"

    func run() throws {
      try ShippedData.writeTasks(
        phrasebook: URL(fileURLWithPath: phrasebook), to: URL(fileURLWithPath: output))
      print("Wrote \(output).")
    }
  }
}
