import ArgumentParser
import Foundation
import Pipeline
import Rewriting

extension DatasetCommand {
  /// `mapo dataset export`: the dataset for other trainers.
  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write the dataset as JSON lines, in the shapes that trainers take.")

    @OptionGroup var options: RunOptions

    @Option(help: "pairs: prompt and completion; preferences: prompt, chosen and rejected.")
    var format: DatasetExport.Format

    @Option(help: "Name of the target. Default: all.")
    var target: String?

    @Option(help: "What the original prompts may be used for: train, dev or test.")
    var role: DatasetExport.Role = .train

    @Option(help: "The file to write.")
    var output: String

    func validate() throws {
      if options.resume || options.overwrite {
        throw ValidationError("--resume and --overwrite do not go with an export")
      }
    }

    func run() throws {
      let run = try options.configuration.load(RunConfiguration.self)
      if let target { try run.checkTarget(target) }
      let lines = try options.folder(named: run.name).write(
        DatasetExport(format: format, target: target, role: role),
        to: URL(fileURLWithPath: output))
      if options.json { return try printJSON(ExportSummary(output: output, lines: lines)) }
      print("Wrote \(lines) lines to \(output).")
    }

    private struct ExportSummary: Encodable {
      let output: String
      let lines: Int
    }
  }

  /// `mapo dataset import`: a user's own pairs as a warm start.
  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Store pairs of your own as a warm start.",
      discussion: """
        The file has one JSON object a line, or one list of them. A pair is a prompt, a better text \
        (chosen, completion or optimized_prompt) and where there is one a worse text (rejected). \
        All pairs are stored or none: a line that is no pair, whose texts differ in their \
        {{placeholders}}, or that holds a prompt or wording which is evaluated, is refused by its \
        number.
        """)

    @OptionGroup var options: RunOptions

    @Option(help: "The file.")
    var input: String

    @Option(help: "Name of the target that the pairs are for.")
    var target: String

    @Option(help: "classification, qa or generation.")
    var kind: PromptKind

    @Option(help: "Name of the task, where the pairs are of one.")
    var task: String?

    @Option(help: "Field of the prompt. Default: prompt.")
    var promptField: String?

    @Option(help: "Field of the better text. Default: chosen, completion or optimized_prompt.")
    var chosenField: String?

    @Option(help: "Field of the worse text. Default: rejected.")
    var rejectedField: String?

    func validate() throws {
      if options.overwrite {
        throw ValidationError("--overwrite would remove the run that the pairs are for")
      }
    }

    func run() throws {
      let run = try options.open(continuing: true)
      let summary = try run.importPairs(
        PairSource(
          file: URL(fileURLWithPath: input), target: target, task: task, kind: kind,
          fields: PairSource.Fields(
            prompt: promptField, chosen: chosenField, rejected: rejectedField)))
      if options.json { return try printJSON(summary) }
      print("Read \(summary.read) pairs, of which \(summary.stored) were new.")
      for stage in [Stage.sft, .reward] where run.folder.summary(stage, target) != nil {
        print(
          "Note: stage '\(stage.rawValue)' of \(target) is finished: they change nothing in it.")
      }
    }
  }
}

extension DatasetExport.Format: ExpressibleByArgument {}
extension DatasetExport.Role: ExpressibleByArgument {}
