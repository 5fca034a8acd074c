import Foundation
import Pipeline
import Synchronization
import TestSupport
import Testing

@Suite struct RunObserverTests {
  private let folder = TemporaryRunFolder()

  /// Killed at any byte and begun again somewhere before, a stage has each step once, and what other
  /// stages recorded stays.
  @Test(arguments: 0..<20)
  func aResumedStageHasEachStepOnce(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    // Lines longer than what is read at once, too.
    let name = String(
      repeating: "x", count: [3, 30_000, 100_000].randomElement(using: &random) ?? 3)
    let observer = folder.observer()
    observer.record(.base, nil, step: 5, [("loss", 1)])
    observer.record(.rl, "birch", step: 9, [("loss", 2)])
    for step in 0..<12 { observer.record(.rl, "amber", step: step, [(name, Float(step))]) }

    let written = try Data(contentsOf: folder.run.logFile)
    let cut = Int.random(in: written.count / 2...written.count, using: &random)
    try written.prefix(cut).write(to: folder.run.logFile)
    let whole = written.prefix(cut).split(separator: 0x0A).count - 2
    let start = Int.random(in: 0..<max(1, whole), using: &random)

    let resumed = folder.observer()
    resumed.restart(.rl, "amber", at: start)
    for step in start..<12 { resumed.record(.rl, "amber", step: step, [(name, Float(step))]) }
    #expect(try Data(contentsOf: folder.run.logFile) == written)
    #expect(!FileManager.default.fileExists(atPath: folder.run.logFile.path + ".partial"))
  }

  @Test func halfALineIsDroppedEvenWithoutARestart() throws {
    folder.observer().record(.base, nil, step: 0, [("loss", 0.5)])
    let line = try folder.text("log.jsonl")
    try Data((line + "{\"stage\":\"ba").utf8).write(to: folder.run.logFile)
    folder.observer().record(.base, nil, step: 0, [("loss", 0.5)])
    #expect(try folder.text("log.jsonl") == line + line)
  }

  @Test func whatIsNoLineOfOursStays() throws {
    try Data("a remark\n{\"step\":3}\n".utf8).write(to: folder.run.logFile)
    folder.observer().restart(.base, nil, at: 0)
    #expect(try folder.text("log.jsonl") == "a remark\n{\"step\":3}\n")
  }

  @Test func namesAreQuotedAndValuesExact() throws {
    let observer = folder.observer()
    observer.record(.sft, "a \"b\"/c", step: 3, [("loss/nll", 0.1), ("lr", 1e-5), ("n", 7)])
    #expect(
      try folder.text("log.jsonl")
        == #"{"stage":"sft","step":3,"rewriter":"a \"b\"/c","loss/nll":0.1,"lr":1e-05,"n":7}"#
        + "\n")
  }

  @Test func whatIsNotFiniteIsNullAndSaidOnce() throws {
    let lines = LoggedLines()
    let observer = folder.observer(lines)
    for step in 0..<3 {
      observer.record(.rl, "amber", step: step, [("kl", 1), ("loss", step == 0 ? 1 : .nan)])
    }
    #expect(try folder.text("log.jsonl").components(separatedBy: "\"loss\":null").count == 3)
    #expect(
      lines.lines == ["rl-amber: loss is nan at step 1; the log has each one that follows"])
  }

  @Test func samplesAreLinesOfTheirOwnAndNeverOnTheConsole() throws {
    let lines = LoggedLines()
    let observer = folder.observer(lines)
    let rows = [
      SampleRow(
        original: "Say \"yes\":\n{{text}}", rewritten: "Ja 😀", reward: 0.5, kl: 1.25, ended: true,
        valid: false),
      SampleRow(original: "a", rewritten: "", reward: -1, kl: 0, ended: false, valid: true),
    ]
    for step in [0, 10, 20] { observer.recordSamples(.rl, "amber", step: step, rows) }
    folder.observer(lines).restart(.rl, "amber", at: 10)
    let kept = try folder.text("samples.jsonl").split(separator: "\n")
    #expect(kept.allSatisfy { $0.hasPrefix(#"{"stage":"rl","step":0,"rewriter":"amber","#) })
    #expect(try kept.map { try JSONDecoder().decode(SampleRow.self, from: Data($0.utf8)) } == rows)
    #expect(lines.lines.isEmpty)
  }

  @Test func everySinkIsTold() throws {
    let sink = CollectingSink()
    let observer = folder.observer(sinks: [sink])
    observer.restart(.sft, "amber", at: 4)
    observer.record(.sft, "amber", step: 4, [("loss", .infinity)])
    observer.recordSamples(.rl, nil, step: 5, [])
    #expect(sink.calls == ["restart sft-amber 4", "loss inf sft-amber 4", "samples 0 rl 5"])
  }

  /// A sink that fails takes nothing from the others, and is named once.
  @Test func aSinkThatFailsEndsNothing() throws {
    let lines = LoggedLines()
    let sink = CollectingSink()
    let observer = folder.observer(lines, sinks: [FailingSink(), sink])
    for step in 0..<3 { observer.record(.base, nil, step: step, [("loss", 1)]) }
    #expect(try folder.text("log.jsonl").split(separator: "\n").count == 3)
    #expect(sink.calls.count == 3 && lines.lines.count == 1)
    #expect(lines.lines.first?.hasPrefix("metrics of base are lost: ") == true)
  }

  /// A full disk loses lines, never half of one, and never what the log had before.
  @Test func aFullDiskLeavesWholeLines() async {
    await #expect(processExitsWith: .success) {
      let folder = TemporaryRunFolder()
      let lines = LoggedLines()
      let observer = folder.observer(lines)
      limitFileSize(to: 200)
      for step in 0..<10 { observer.record(.base, nil, step: step, [("loss", 1)]) }
      let text = try folder.text("log.jsonl")
      #expect(text.hasSuffix("}\n") && text.utf8.count <= 200 && lines.lines.count == 1)
      limitFileSize(to: 50)
      observer.restart(.base, nil, at: 2)
      #expect(try folder.text("log.jsonl") == text)
      limitFileSize(to: nil)
      observer.restart(.base, nil, at: 2)
      observer.record(.base, nil, step: 2, [("loss", 1)])
      #expect(
        try folder.text("log.jsonl")
          == (0..<3).map { "{\"stage\":\"base\",\"step\":\($0),\"loss\":1}\n" }
          .joined())
    }
  }
}

/// A run folder that is removed with the last reference to it.
private final class TemporaryRunFolder: Sendable {
  let run: RunFolder

  init() {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("observed-\(UUID().uuidString)")
    run = RunFolder(url)
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      Issue.record(error)
    }
  }

  deinit { try? FileManager.default.removeItem(at: run.url) }

  func text(_ name: String) throws -> String {
    try String(contentsOf: run.url.appendingPathComponent(name), encoding: .utf8)
  }

  /// An observer as a process that works in the folder has it.
  func observer(
    _ lines: LoggedLines = LoggedLines(), sinks: [any MetricSink] = []
  ) -> RunObserver {
    RunObserver(logger: lines.logger, progress: { _ in }) { _ in sinks }
      .logging(to: run)
  }
}

private final class CollectingSink: MetricSink {
  private let collected = Mutex<[String]>([])

  var calls: [String] { collected.withLock { $0 } }

  func record(
    _ values: [(name: String, value: Float)], of source: MetricSource, step: Int
  ) throws {
    add(values.map { "\($0.name) \($0.value) \(source.name) \(step)" })
  }

  func record(samples: [SampleRow], of source: MetricSource, step: Int) throws {
    add(["samples \(samples.count) \(source.name) \(step)"])
  }

  func restart(_ source: MetricSource, at step: Int) throws {
    add(["restart \(source.name) \(step)"])
  }

  private func add(_ lines: [String]) { collected.withLock { $0 += lines } }
}

private struct FailingSink: MetricSink {
  func record(
    _ values: [(name: String, value: Float)], of source: MetricSource, step: Int
  ) throws {
    throw CocoaError(.fileWriteOutOfSpace)
  }

  func record(samples: [SampleRow], of source: MetricSource, step: Int) throws {
    throw CocoaError(.fileWriteOutOfSpace)
  }

  func restart(_ source: MetricSource, at step: Int) throws {
    throw CocoaError(.fileWriteOutOfSpace)
  }
}
