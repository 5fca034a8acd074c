import Foundation

/// A program that is talked to in lines, and ends with this object.
///
/// It is the first of a process group of its own: an interrupt from the keyboard does not reach it,
/// and what it started itself ends with it. Should this process be killed, the program finds the end
/// of its standard input.
final class LineProcess {
  /// Longer lines than this are a mistake, in bytes.
  static let longestLine = 1 << 16
  /// How long the program may take to end, after the end of its input and after each signal.
  private static let graceSeconds = 0.5

  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private let errors = Pipe()
  private let log: (String) -> Void
  private var outputLines = LineBuffer(longestLine: longestLine)
  private var errorLines = LineBuffer(longestLine: 500)
  private var errorsAreOpen = true
  /// Lines of standard error that are still let through.
  private var errorLinesLeft = 1000
  /// What signals go to: the group as a negative number; nil before the start and after the end.
  private var recipient: pid_t?

  /// Why an exchange cannot go on.
  enum Failure: Error {
    case ended(how: String)
    case timedOut
    case lineTooLong
  }

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - command: The program, found as a shell does, and its arguments.
  ///   - log: Takes lines of its standard error.
  /// - Throws: The system's error.
  init(_ command: [String], log: @escaping (String) -> Void) throws {
    self.log = log
    process.executableURL = Self.file(of: command.first ?? "")
    process.arguments = Array(command.dropFirst())
    process.standardInput = input
    process.standardOutput = output
    process.standardError = errors
    // A write to a program that has ended is an error then, and not the end of this process.
    signal(SIGPIPE, SIG_IGN)
    try process.run()
    let leader = process.processIdentifier
    recipient = getpgid(leader) == leader ? -leader : leader
    for handle in [input.fileHandleForWriting, errors.fileHandleForReading] {
      let descriptor = handle.fileDescriptor
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }
  }

  deinit { end() }

  /// How the program ended.
  private var outcome: String {
    let kind = process.terminationReason == .exit ? "status" : "signal"
    return "\(kind) \(process.terminationStatus)"
  }

  /// The file that a shell would run; where there is none, the name itself.
  static func file(of program: String) -> URL {
    guard !program.contains("/") else { return URL(fileURLWithPath: program) }
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let files = folders.map { URL(fileURLWithPath: "\($0)/\(program)") }
    return files.first { FileManager.default.isExecutableFile(atPath: $0.path) }
      ?? URL(fileURLWithPath: program)
  }

  /// Writes `bytes` and reads lines at the same time, so that no pipe stays full on both sides.
  ///
  /// - Parameters:
  ///   - seconds: The longest time without a line.
  ///   - take: Takes a line; returns whether more have to come.
  /// - Throws: `Failure`, `CancellationError`, and what `take` throws.
  func exchange(
    _ bytes: [UInt8], silentFor seconds: Double, take: ([UInt8]) throws -> Bool
  ) throws {
    var unsent = bytes[...]
    var needsMore = true
    var deadline = ContinuousClock.now + .seconds(seconds)
    while needsMore || !unsent.isEmpty {
      try Task.checkCancellation()
      guard ContinuousClock.now < deadline else { throw Failure.timedOut }
      let ready = waitUntilReady(toWrite: !unsent.isEmpty)
      if ready.errors { passErrors() }
      if ready.output {
        let lines = try readLines()
        for line in lines { needsMore = try take(line) }
        if !lines.isEmpty { deadline = ContinuousClock.now + .seconds(seconds) }
      }
      if ready.input { unsent = write(unsent) }
    }
  }

  /// Waits for a moment, so that a cancellation is noticed.
  private func waitUntilReady(toWrite: Bool) -> (input: Bool, output: Bool, errors: Bool) {
    // A negative descriptor is passed over.
    var descriptors = [
      pollfd(
        fd: toWrite ? input.fileHandleForWriting.fileDescriptor : -1, events: Int16(POLLOUT),
        revents: 0),
      pollfd(fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0),
      pollfd(
        fd: errorsAreOpen ? errors.fileHandleForReading.fileDescriptor : -1,
        events: Int16(POLLIN), revents: 0),
    ]
    let count = poll(&descriptors, nfds_t(descriptors.count), 50)
    guard count > 0 else { return (false, false, false) }
    return (
      descriptors[0].revents != 0, descriptors[1].revents != 0, descriptors[2].revents != 0
    )
  }

  private func readLines() throws -> [[UInt8]] {
    let bytes = read(output)
    if bytes.isEmpty {
      passErrors()
      end()
      throw Failure.ended(how: outcome)
    }
    let lines = outputLines.lines(with: bytes)
    if outputLines.isTooLong || lines.contains(where: { $0.count > Self.longestLine }) {
      throw Failure.lineTooLong
    }
    return lines
  }

  private func passErrors() {
    let bytes = errorsAreOpen ? read(errors) : []
    errorsAreOpen = !bytes.isEmpty
    for line in errorLines.lines(with: bytes) where errorLinesLeft > 0 {
      errorLinesLeft -= 1
      log(String(decoding: line, as: UTF8.self))
      if errorLinesLeft == 0 { log("further lines of its standard error are not shown") }
    }
  }

  /// What a pipe that is ready holds; nothing at its end.
  private func read(_ pipe: Pipe) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
      count = max(
        0,
        Foundation.read(
          pipe.fileHandleForReading.fileDescriptor, buffer.baseAddress, buffer.count))
    }
  }

  /// Writes what the pipe takes at once, and returns the rest. A program that reads no more is
  /// noticed by the end of its output, or by its silence.
  private func write(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let written = bytes.withUnsafeBytes {
      Foundation.write(input.fileHandleForWriting.fileDescriptor, $0.baseAddress, $0.count)
    }
    if written >= 0 { return bytes.dropFirst(written) }
    return [EAGAIN, EINTR].contains(errno) ? bytes : []
  }

  /// Lets the program end by the end of its input, or makes it; then everything of its group.
  private func end() {
    guard let recipient else { return }
    self.recipient = nil
    input.fileHandleForWriting.closeFile()
    waitForEnd()
    for signal in [SIGTERM, SIGKILL] where process.isRunning {
      kill(recipient, signal)
      waitForEnd()
    }
    if recipient < 0 { kill(recipient, SIGKILL) }
    process.waitUntilExit()
  }

  private func waitForEnd() {
    let deadline = ContinuousClock.now + .seconds(Self.graceSeconds)
    while process.isRunning && ContinuousClock.now < deadline { usleep(2000) }
  }
}

/// Cuts bytes into lines, and what is longer than a line may be.
struct LineBuffer {
  private let longestLine: Int
  private var partial: [UInt8] = []

  /// Keeps one byte more than `longestLine` of a line, by which it shows.
  init(longestLine: Int) { self.longestLine = longestLine }

  /// Whether the line that is not finished yet is too long already.
  var isTooLong: Bool { partial.count > longestLine }

  /// The lines that `bytes` finish, without their ends.
  mutating func lines(with bytes: [UInt8]) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var rest = bytes[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      append(rest[..<end])
      lines.append(partial)
      partial = []
      rest = rest[(end + 1)...]
    }
    append(rest)
    return lines
  }

  private mutating func append(_ bytes: ArraySlice<UInt8>) {
    partial += bytes.prefix(max(0, longestLine + 1 - partial.count))
  }
}
