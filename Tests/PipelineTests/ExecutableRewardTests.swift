import Foundation
import Pipeline
import Rewriting
import Testing

/// Programs that score well, badly or not at all. All are shell scripts: `sh` is everywhere.
@Suite struct ExecutableRewardTests {
  /// Reads a number out of each line, and answers with its double.
  private static let doubling = """
    while read -r line; do
      id=${line#*'"id":'}; id=${id%%,*}
      echo "{\\"id\\": $id, \\"score\\": $((id * 2))}"
    done
    """

  private func rewrites(_ count: Int, text: String = "Say it: {{text}}") -> [RewriteToScore] {
    (0..<count).map {
      RewriteToScore(
        task: "reviews", kind: .classification, original: "Is it \($0)?", rewritten: text)
    }
  }

  /// A reward by a script, and what it logs.
  private func reward(
    _ script: String, timeout: Double = 20
  ) -> (reward: ExecutableReward, log: LoggedLines) {
    let log = LoggedLines()
    let reward = ExecutableReward(
      name: "judge", command: ["sh", "-c", script], timeoutSeconds: timeout
    ) { log.append($0) }
    return (reward, log)
  }

  @Test func oneProcessAnswersAllBatches() async throws {
    let (reward, log) = reward("echo started $$ >&2\n" + Self.doubling)
    #expect(try await reward.scores(of: rewrites(3)) == [0, 2, 4])
    #expect(try await reward.scores(of: []) == [])
    #expect(try await reward.scores(of: rewrites(2)) == [6, 8], "numbers go on")
    #expect(log.lines.count == 1 && log.lines[0].hasPrefix("judge: started "))
  }

  @Test func aLineHoldsTheRewriteAndAnswersComeInAnyOrder() async throws {
    let (reward, log) = reward(
      """
      read -r a; read -r b; echo "$a" >&2
      echo '{"id": 1, "score": 0.5, "note": "ignored"}'; echo '{"id": 0, "score": -1}'
      """)
    #expect(try await reward.scores(of: rewrites(2)) == [-1, 0.5])
    #expect(
      log.lines == [
        #"judge: {"id":0,"kind":"classification","original":"Is it 0?","#
          + #""rewritten":"Say it: {{text}}","task":"reviews"}"#
      ])
  }

  /// Both pipes would be full many times over.
  @Test func aLargeBatchDoesNotBlock() async throws {
    let (reward, _) = reward(
      """
      while read -r line; do
        id=${line#*'"id":'}; id=${id%%,*}
        echo "{\\"id\\": $id, \\"score\\": $id, \\"echo\\": [$line]}"; echo "$id" >&2
      done
      """)
    let text = String(repeating: "word ", count: 400)
    #expect(try await reward.scores(of: rewrites(1500, text: text)) == (0..<1500).map(Float.init))
  }

  @Test(arguments: [
    ("read -r a; exit 3", "judge ended with status 3 when 2 of 2 scores were missing"),
    (
      "read -r a; echo '{\"id\": 0, \"score\": 1}'; kill -9 $$",
      "judge ended with signal 9 when 1 of 2 scores were missing"
    ),
    ("exec 0<&-; exit 4", "judge ended with status 4 when 2 of 2 scores were missing"),
    ("echo 1.5", "judge wrote a line that is not {\"id\": …, \"score\": …}"),
    (
      "read -r a; echo '{\"id\": 7, \"score\": 1}'",
      "judge wrote a score for id 7, which none is missing for"
    ),
    (
      "read -r a; read -r b; for i in 1 2; do echo '{\"id\": 0, \"score\": 1}'; done",
      "judge wrote a score for id 0, which none is missing for"
    ),
    (
      "head -c 100000 /dev/zero | tr '\\0' x; sleep 60",
      "judge wrote a line of more than 65536 bytes"
    ),
    (
      "trap 'exit 6' TERM; exec 1>&-; while :; do sleep 0.05; done",
      "judge ended with status 6 when 2 of 2 scores were missing"
    ),
    ("sleep 60", "judge wrote no score for 0.3 s when 2 of 2 were missing"),
    (
      "trap '' TERM; sleep 60 & wait; sleep 60",
      "judge wrote no score for 0.3 s when 2 of 2 were missing"
    ),
  ])
  func aFailureIsOneSentenceAndLeavesNobodyBehind(script: String, sentence: String) async throws {
    let isSilent = script.contains("sleep 60") && !script.contains("head")
    let (reward, log) = reward("echo $$ >&2; " + script, timeout: isSilent ? 0.3 : 20)
    let error = await #expect(throws: RewardError.self) {
      _ = try await reward.scores(of: rewrites(2))
    }
    #expect(error?.description == sentence)
    try await expectGone(log)
  }

  /// `mapo` ignores signals so as to end in good order; the programs it starts must not.
  @Test func aProgramDoesNotIgnoreWhatThisProcessIgnores() async throws {
    let before = signal(SIGXFSZ, SIG_IGN)
    defer { _ = signal(SIGXFSZ, before) }
    let (reward, _) = reward("read -r a; kill -XFSZ $$; exit 5")
    let error = await #expect(throws: RewardError.self) {
      _ = try await reward.scores(of: rewrites(2))
    }
    #expect(
      error?.description
        == "judge ended with signal \(SIGXFSZ) when 2 of 2 scores were missing")
  }

  #if os(Linux)
    /// A daemon leaves the group, and keeps the pipes of the program open or not. `setsid` is Linux's.
    @Test(.timeLimit(.minutes(1)), arguments: [">&3", ">&3 2>&-", ">/dev/null 2>&1 3>&-"])
    func aDaemonIsNotWaitedFor(redirection: String) async throws {
      let (reward, log) = reward(
        """
        echo $$ >&2; exec 3>&1
        daemon=$(setsid sh -c 'echo $$; exec sleep 300 \(redirection)' &)
        echo $daemon >&2; exit 3
        """)
      let error = await #expect(throws: RewardError.self) {
        _ = try await reward.scores(of: rewrites(2))
      }
      #expect(error?.description == "judge ended with status 3 when 2 of 2 scores were missing")
      try await expectGone(log)
      let daemon = try #require(log.lines.last?.split(separator: " ").last.flatMap { pid_t($0) })
      #expect(kill(daemon, SIGKILL) == 0, "it has outlived the program")
    }
  #endif

  /// Its input is closed while most of it is unsent: the signal of that must not end the tests.
  @Test func aProgramThatReadsNothingEndsNobodyElse() async throws {
    let (reward, _) = reward("exec 0<&-; sleep 0.2; exit 4")
    let text = String(repeating: "word ", count: 400)
    let error = await #expect(throws: RewardError.self) {
      _ = try await reward.scores(of: rewrites(100, text: text))
    }
    #expect(
      error?.description == "judge ended with status 4 when 100 of 100 scores were missing")
  }

  @Test func aNumberFarBelowTheBatchIsNoScore() async throws {
    let (reward, _) = reward(
      """
      read -r a; echo '{"id": 0, "score": 1}'
      read -r a; echo '{"id": -9223372036854775808, "score": 1}'
      """)
    #expect(try await reward.scores(of: rewrites(1)) == [1])
    let error = await #expect(throws: RewardError.self) {
      _ = try await reward.scores(of: rewrites(1))
    }
    #expect(
      error?.description
        == "judge wrote a score for id -9223372036854775808, which none is missing for")
  }

  @Test func theLastErrorLineNeedsNoEnd() async throws {
    let (reward, log) = reward("read -r a; printf 'first\\nlast' >&2; exit 1")
    await #expect(throws: RewardError.self) { _ = try await reward.scores(of: rewrites(1)) }
    #expect(log.lines == ["judge: first", "judge: last"])
  }

  @Test func scoresThatAreNotFiniteAreHandedOn() async throws {
    let (reward, _) = reward(
      """
      read -r a; echo '{"id": 0, "score": NaN}'
      echo '{"id": 1, "score": null}'; echo '{"id": 2, "score": -Infinity}'
      """)
    #expect(try await reward.scores(of: rewrites(3)).allSatisfy { !$0.isFinite })
  }

  @Test func theProgramEndsWithTheSource() async throws {
    var found: LoggedLines?
    do {
      let (reward, log) = reward("echo $$ >&2\n" + Self.doubling + "\nsleep 60")
      #expect(try await reward.scores(of: rewrites(1)) == [0])
      found = log
    }
    try await expectGone(try #require(found))
  }

  @Test func aCancellationEndsTheProgram() async throws {
    let (reward, log) = reward("echo $$ >&2; sleep 60")
    let rewrites = rewrites(1)
    let work = Task { try await reward.scores(of: rewrites) }
    while log.lines.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
    work.cancel()
    await #expect(throws: CancellationError.self) { _ = try await work.value }
    try await expectGone(log)
  }

  @Test func standardErrorIsBounded() async throws {
    let (reward, log) = reward(
      """
      read -r a; i=0
      while [ $i -lt 1500 ]; do echo line $i >&2; i=$((i + 1)); done
      head -c 5000 /dev/zero | tr '\\0' x >&2
      echo '{"id": 0, "score": 1}'
      """)
    #expect(try await reward.scores(of: rewrites(1)) == [1])
    #expect(log.lines.count <= 1001 && log.lines.allSatisfy { $0.count <= 507 })
    #expect(log.lines.last == "judge: further lines of its standard error are not shown")
  }

  @Test func aProgramThatIsNotThereIsSaid() async throws {
    let reward = ExecutableReward(name: "judge", command: ["./nowhere"], timeoutSeconds: 1) { _ in }
    let error = await #expect(throws: RewardError.self) {
      _ = try await reward.scores(of: rewrites(1))
    }
    #expect(error?.description.hasPrefix("judge cannot be started: ") == true)
  }

  /// The script's own number was its first line. What it started may be waited for a moment later, by
  /// the system's first process.
  private func expectGone(_ log: LoggedLines) async throws {
    let first = try #require(log.lines.first?.split(separator: " ").last)
    let process = try #require(pid_t(first))
    #expect(kill(process, 0) == -1 && errno == ESRCH)
    for _ in 0..<1000 where kill(-process, 0) == 0 { try await Task.sleep(for: .milliseconds(10)) }
    #expect(kill(-process, 0) == -1 && errno == ESRCH, "nor anybody of its group")
  }
}
