import Reports
import Synchronization
import Testing

@Suite struct ProgressLineTests {
  private func state(
    _ done: Int, of total: Int? = 100, before: Int = 0, at seconds: Double, note: String = ""
  ) -> ProgressState {
    ProgressState(
      label: "sft", unit: "steps", done: done, total: total, doneBefore: before,
      elapsedSeconds: seconds, note: note)
  }

  /// What was written; a class because the writer is shared with the progress line.
  private final class Recorder: Sendable {
    let text = Mutex("")
    func output(isTerminal: Bool, width: Int = 120) -> ProgressLine.Output {
      ProgressLine.Output(isTerminal: isTerminal, width: width) { [self] written in
        text.withLock { $0 += written }
      }
    }
    var lines: [String] {
      text.withLock { $0.split(separator: "\n").map(String.init) }
    }
  }

  @Test func lineShowsRateAndRemainingTime() {
    #expect(
      state(40, at: 20, note: "loss 0.4").line(barWidth: 10)
        == "sft  [████      ]  40/100 steps  2.00 steps/s  30 s left  loss 0.4")
    #expect(state(45, at: 20).line(barWidth: 10).contains("[████▌     ]"))
    #expect(state(40, at: 20).line(barWidth: 0).hasPrefix("sft  40 %  40/100 steps"))
    #expect(
      state(100, at: 75).line(barWidth: 0)
        == "sft  100 %  100/100 steps  1.33 steps/s  in 1 min 15 s")
  }

  @Test func nothingIsInventedBeforeThereIsARate() {
    #expect(state(0, at: 0).line(barWidth: 0) == "sft  0 %  0/100 steps")
    #expect(state(7, of: nil, at: 2).line(barWidth: 10) == "sft  7 steps  3.50 steps/s")
    #expect(state(0, of: 0, at: 1).line(barWidth: 10) == "sft  0/0 steps  in 1.0 s")
  }

  @Test func aResumedStageCountsItsOwnStepsOnly() {
    let resumed = state(60, before: 50, at: 5)
    #expect(resumed.rate == 2 && resumed.remainingSeconds == 20)
    #expect(state(50, before: 50, at: 5).rate == nil)
  }

  @Test func durations() {
    #expect(duration(seconds: 0.25) == "0.2 s")
    #expect(duration(seconds: 59.4) == "59 s")
    #expect(duration(seconds: 200) == "3 min 20 s")
    #expect(duration(seconds: 7_500) == "2 h 5 min")
    #expect(duration(seconds: 356_400) == "4 d 3 h")
    #expect(duration(seconds: .infinity) == "∞")
  }

  @Test func plainLinesAreFew() {
    let recorder = Recorder()
    let progress = ProgressLine(output: recorder.output(isTerminal: false), plainLineSeconds: 5)
    for step in 1...100 { progress.show(state(step, at: Double(step) * 0.2)) }
    progress.show(state(100, at: 20))
    progress.finish()
    #expect(recorder.lines.count == 5)
    #expect(recorder.lines.last?.contains("100/100") == true)
    #expect(recorder.text.withLock { !$0.contains("\r") && !$0.contains("\u{1B}") })
  }

  @Test func aTerminalRewritesOneLine() {
    let recorder = Recorder()
    let progress = ProgressLine(
      output: recorder.output(isTerminal: true, width: 30), plainLineSeconds: 5)
    for step in 1...50 { progress.show(state(step, at: Double(step) * 0.01)) }
    progress.finish()
    #expect(recorder.lines.count == 1)
    let rewrites = recorder.text.withLock { $0.split(separator: "\r\u{1B}[K") }
    #expect((4...6).contains(rewrites.count))
    #expect(rewrites.allSatisfy { $0.count <= 30 })
    #expect(recorder.text.withLock { $0.hasSuffix("\n") })
  }
}
