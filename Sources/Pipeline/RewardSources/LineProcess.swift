import Foundation

/// A program that is talked to in lines, and ends with this object.
///
/// It is the first of a process group of its own: an interrupt from the keyboard does not reach it,
/// and what it started itself ends with it. Only a daemon, which leaves the group, outlives it, and
/// is not waited for. Should this process be killed, the program finds the end of its standard input.
///
/// Not `Foundation.Process`: on Linux that waits until a daemon has ended too, and hands on which
/// signals this process ignores.
final class LineProcess {
  /// Longer lines than this are a mistake, in bytes.
  static let longestLine = 1 << 16
  /// Longer lines of standard error are cut, in bytes.
  private static let longestErrorLine = 500
  /// How long the program may take to end, after the end of its input and after each signal.
  private static let graceSeconds = 0.5

  private let input = Pipe()
  private let output = Pipe()
  private let errors = Pipe()
  private let log: (String) -> Void
  private var outputLines = LineBuffer(longestLine: longestLine)
  private var errorLines = LineBuffer(longestLine: longestErrorLine)
  private var errorsAreOpen = true
  /// Lines of standard error that are still let through.
  private var errorLinesLeft = 1000
  /// The number of the program, and of its group.
  private let leader: pid_t
  private var isOver = false
  /// How the program ended, as far as it is known.
  private var outcome = "an unknown status"

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
  /// - Throws: `StartError`.
  init(_ command: [String], log: @escaping (String) -> Void) throws(StartError) {
    self.log = log
    let ofProgram = [
      input.fileHandleForReading, output.fileHandleForWriting, errors.fileHandleForWriting,
    ]
    let own = [
      input.fileHandleForWriting, output.fileHandleForReading, errors.fileHandleForReading,
    ]
    // Another program that this process starts must not keep a pipe open.
    for handle in ofProgram + own { _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC) }
    for handle in own {
      let descriptor = handle.fileDescriptor
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }
    leader = try startProgram(
      Self.file(of: command.first ?? "").path, arguments: command,
      standardDescriptors: ofProgram.map(\.fileDescriptor))
    for handle in ofProgram { handle.closeFile() }
  }

  deinit { end() }

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
      // Asked first: what the program wrote is read before its end counts. The end of its output is
      // not enough, since a daemon may keep that open.
      let hasEnded = hasEnded
      let ready = waitUntilReady(toWrite: !unsent.isEmpty)
      if ready.errors { passErrors() }
      if ready.output {
        let lines = try readLines()
        for line in lines { needsMore = try take(line) }
        if !lines.isEmpty { deadline = ContinuousClock.now + .seconds(seconds) }
      } else if hasEnded {
        throw endFailure()
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

  private func readLines() throws(Failure) -> [[UInt8]] {
    guard let bytes = read(output) else { return [] }
    if bytes.isEmpty { throw endFailure() }
    let lines = outputLines.lines(with: bytes)
    if outputLines.isTooLong || lines.contains(where: { $0.count > Self.longestLine }) {
      throw .lineTooLong
    }
    return lines
  }

  /// Hands on what standard error holds now.
  ///
  /// - Parameter isLast: Whether nothing follows, so that a line without its end is one too.
  private func passErrors(isLast: Bool = false) {
    guard errorsAreOpen else { return }
    let bytes = read(errors)
    errorsAreOpen = !isLast && bytes != []
    var lines = errorLines.lines(with: bytes ?? [])
    if !errorsAreOpen && !errorLines.partial.isEmpty { lines.append(errorLines.partial) }
    for line in lines where errorLinesLeft > 0 {
      errorLinesLeft -= 1
      log(String(decoding: line.prefix(Self.longestErrorLine), as: UTF8.self))
      if errorLinesLeft == 0 { log("further lines of its standard error are not shown") }
    }
  }

  /// What a pipe holds: nil where that is nothing yet, no bytes at its end.
  private func read(_ pipe: Pipe) -> [UInt8]? {
    var result = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
      result = Foundation.read(
        pipe.fileHandleForReading.fileDescriptor, buffer.baseAddress, buffer.count)
      count = max(0, result)
    }
    return result < 0 ? nil : bytes
  }

  /// Writes what the pipe takes at once, and returns the rest. A program that reads no more is
  /// noticed by the end of its output, or by its silence.
  private func write(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let result = withoutPipeSignal {
      let written = bytes.withUnsafeBytes {
        Foundation.write(input.fileHandleForWriting.fileDescriptor, $0.baseAddress, $0.count)
      }
      return (written: written, error: errno)
    }
    if result.written >= 0 { return bytes.dropFirst(result.written) }
    return [EAGAIN, EINTR].contains(result.error) ? bytes : []
  }

  private func endFailure() -> Failure {
    end()
    return .ended(how: outcome)
  }

  /// Lets the program end by the end of its input, or makes it; then everything of its group.
  private func end() {
    if isOver { return }
    isOver = true
    input.fileHandleForWriting.closeFile()
    waitForEnd()
    for signal in [SIGTERM, SIGKILL] where !hasEnded {
      kill(-leader, signal)
      waitForEnd()
    }
    kill(-leader, SIGKILL)
    passErrors(isLast: true)
    var status: CInt = 0
    // Nothing has to wait for a program that even the last signal did not end.
    guard waitpid(leader, &status, WNOHANG) == leader else { return }
    let signal = status & 0x7f
    outcome = signal == 0 ? "status \(status >> 8 & 0xff)" : "signal \(signal)"
  }

  /// Waits for a while, and reads meanwhile: the program may have much to say about its end.
  private func waitForEnd() {
    let deadline = ContinuousClock.now + .seconds(Self.graceSeconds)
    while !hasEnded && ContinuousClock.now < deadline {
      passErrors()
      usleep(2000)
    }
  }

  /// Whether the program has ended. It stays in the system's table, so that its number is nobody
  /// else's while signals are sent.
  private var hasEnded: Bool {
    var end = siginfo_t()
    let result = waitid(P_PID, id_t(leader), &end, WEXITED | WNOHANG | WNOWAIT)
    return result != 0 || end.si_signo != 0
  }
}
