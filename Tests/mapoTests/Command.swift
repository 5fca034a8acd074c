import Foundation
import TestSupport
import Testing

/// The real program, run as a process of its own.
struct Command {
  /// What a finished process left.
  struct Outcome: Sendable {
    var status: Int32
    /// Whether a signal ended it; `status` is then the signal's number.
    var wasKilled: Bool
    var output: String
    var errors: String

    /// The last line of standard error.
    var lastError: String {
      errors.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
    }
  }

  /// The program that was built together with the tests.
  static let program = (Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0]))
    .resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent("mapo")

  /// Runs a program to its end.
  ///
  /// - Parameters:
  ///   - program: `mapo` where no other is named.
  ///   - folder: The folder in which it runs.
  ///   - input: Its standard input.
  ///   - environment: Changes to the environment; nil removes a variable.
  ///   - limit: A command of the shell, such as `ulimit -f 8`, under which the program runs.
  ///   - act: Called once it runs, to disturb it.
  static func run(
    _ arguments: [String], of program: URL = program, in folder: URL, input: String = "",
    environment: [String: String?] = [:], underLimit limit: String? = nil,
    act: (@Sendable (Process) throws -> Void)? = nil
  ) async throws -> Outcome {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    if let limit {
      process.executableURL = URL(fileURLWithPath: "/bin/bash")
      process.arguments = ["-c", "\(limit); exec \"$0\" \"$@\"", program.path] + arguments
    }
    process.currentDirectoryURL = folder
    if !environment.isEmpty {
      process.environment = environment.reduce(into: ProcessInfo.processInfo.environment) {
        $0[$1.key] = $1.value
      }
    }
    let scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("command-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    let (inputFile, outputFile, errorFile) = (
      scratch.appendingPathComponent("in"), scratch.appendingPathComponent("out"),
      scratch.appendingPathComponent("err")
    )
    try Data(input.utf8).write(to: inputFile)
    for file in [outputFile, errorFile] { try Data().write(to: file) }
    // Files rather than pipes: nothing has to be read for the process to go on.
    process.standardInput = try FileHandle(forReadingFrom: inputFile)
    process.standardOutput = try FileHandle(forWritingTo: outputFile)
    process.standardError = try FileHandle(forWritingTo: errorFile)
    let (ends, end) = AsyncStream<Void>.makeStream()
    process.terminationHandler = { _ in end.finish() }
    try process.run()
    // On a thread of its own: tasks may have to wait for tests that compute.
    let acting = act.map { act in
      Thread {
        do { try act(process) } catch { Issue.record(error) }
      }
    }
    acting?.start()
    for await _ in ends {}
    return Outcome(
      status: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal,
      output: String(decoding: try Data(contentsOf: outputFile), as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: errorFile), as: UTF8.self))
  }
}
