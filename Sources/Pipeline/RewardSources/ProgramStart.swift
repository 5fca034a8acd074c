import Foundation

/// Why the system does not start a program, in its own words.
struct StartError: Error, CustomStringConvertible {
  let description: String
}

/// Starts a program as the first of a process group of its own.
///
/// It has the environment of this process, but no descriptors other than those given, and the signals
/// that this process or thread ignores or blocks end it as usual.
func startProgram(
  _ path: String, arguments: [String], standardDescriptors: [CInt]
) throws(StartError) -> pid_t {
  #if canImport(Darwin)
    var files: posix_spawn_file_actions_t?
    var attributes: posix_spawnattr_t?
    let closing = POSIX_SPAWN_CLOEXEC_DEFAULT
  #else
    var files = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    let closing: CInt = 0
  #endif
  posix_spawn_file_actions_init(&files)
  defer { posix_spawn_file_actions_destroy(&files) }
  for (descriptor, source) in standardDescriptors.enumerated() {
    posix_spawn_file_actions_adddup2(&files, source, CInt(descriptor))
  }
  #if os(Linux)
    // Where the system shows none, those that do not close by themselves stay open, as in any fork.
    let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    for descriptor in open.compactMap({ CInt($0) }) where descriptor >= standardDescriptors.count {
      posix_spawn_file_actions_addclose(&files, descriptor)
    }
  #endif

  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  let settings = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | closing
  posix_spawnattr_setflags(&attributes, Int16(settings))
  posix_spawnattr_setpgroup(&attributes, 0)
  var none = signalSet([])
  posix_spawnattr_setsigmask(&attributes, &none)
  var usual = signalSet([SIGINT, SIGTERM, SIGPIPE, SIGXFSZ, SIGCHLD])
  posix_spawnattr_setsigdefault(&attributes, &usual)

  let environment = ProcessInfo.processInfo.environment.map { "\($0)=\($1)" }
  let argumentStrings = arguments.map { strdup($0) } + [nil]
  let environmentStrings = environment.map { strdup($0) } + [nil]
  defer { for string in argumentStrings + environmentStrings { free(string) } }
  var program: pid_t = 0
  let error = posix_spawn(
    &program, path, &files, &attributes, argumentStrings, environmentStrings)
  if error != 0 { throw StartError(description: String(cString: strerror(error))) }
  return program
}

/// Runs `body`, which may write to a pipe that nobody reads: the signal of that would end this process.
/// It is held back in this thread and taken away; what the process does with it elsewhere stays.
func withoutPipeSignal<Result>(_ body: () -> Result) -> Result {
  var pipeSignal = signalSet([SIGPIPE])
  var before = sigset_t()
  pthread_sigmask(SIG_BLOCK, &pipeSignal, &before)
  defer {
    var pending = sigset_t()
    sigpending(&pending)
    var taken: CInt = 0
    if sigismember(&pending, SIGPIPE) == 1 { sigwait(&pipeSignal, &taken) }
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }
  return body()
}

private func signalSet(_ signals: [CInt]) -> sigset_t {
  var set = sigset_t()
  sigemptyset(&set)
  for signal in signals { sigaddset(&set, signal) }
  return set
}
