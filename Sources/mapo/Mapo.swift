import ArgumentParser
import Foundation
import Pipeline

/// The root command: subcommands, and the one place that turns errors into exit codes.
@main
struct Mapo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mapo",
    abstract: "Rewrites prompts for the very model that reads them.",
    version: Run.version,
    subcommands: [
      RunCommand.self, PlanCommand.self, TargetCommand.self, DatasetCommand.self,
      TrainCommand.self, EvaluateCommand.self, OptimizeCommand.self, StudyCommand.self,
      ReportCommand.self, ExportCommand.self, RewriteCommand.self, TaskCommand.self,
      DoctorCommand.self, BenchCommand.self,
    ])

  static func main() async {
    // A full disk is an error of the write that meets it, not the end of the program.
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      Foundation.exit(report(error))
    }
  }

  /// Prints one line about an error and gives its exit code: 0 for help, 1 failed, 2 wrong usage or
  /// configuration, 130 interrupted.
  private static func report(_ error: any Error) -> Int32 {
    switch error {
    case is CancellationError:
      printError("interrupted; what was finished is kept, --resume goes on from there")
      return 130
    case let error as ConfigurationError:
      printError(error.description)
      return 2
    case let error as RunError:
      printError(error.description)
      return error.isUsage ? 2 : 1
    default: break
    }
    let code = exitCode(for: error)
    if code == .success {
      print(fullMessage(for: error))
      return 0
    }
    if code == .validationFailure {
      FileHandle.standardError.write(Data((fullMessage(for: error) + "\n").utf8))
      return 2
    }
    printError(describe(error))
    return 1
  }

  /// The errors of this package describe themselves in one sentence; the file system's do not.
  private static func describe(_ error: any Error) -> String {
    error is CocoaError ? error.localizedDescription : "\(error)"
  }
}

/// Prints one line to standard error.
func printError(_ text: String) {
  FileHandle.standardError.write(Data("Error: \(text)\n".utf8))
}
