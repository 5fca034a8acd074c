import ArgumentParser
import Foundation
import Pipeline

/// `mapo study`: whether the targets differ in what they answer best to.
struct StudyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Whether the best wording differs from target to target, with intervals.",
    discussion: """
      Every prompt of every task is scored on every target; docs/study.md says what is measured. \
      Answers go into the run folder's store: an interrupted study goes on where it ended.
      """)

  @OptionGroup var options: RunOptions

  func run() async throws {
    // A missing section is known before a run folder is made.
    let run = try options.open(continuing: true) { _ = try $0.studySettings() }
    let report = try await withInterruption { try await run.study() }
    if options.json { return try printJSON(report) }
    print(StudyTables.text(of: report))
    print("Every score: \(run.folder.studyFile.relativePath)")
    print("mapo report \(run.folder.url.relativePath) shows it")
  }
}
