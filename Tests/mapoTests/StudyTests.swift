import Foundation
import TestSupport
import Testing

/// `mapo study` through the real program, on targets so small that it takes seconds.
struct StudyTests {
  @Test func aStudyFromItsCommandToItsFile() async throws {
    let world = try await TrainedWorld.world()
    let arguments = [
      "study", "tiny.yaml", "--run", "studied", "--set", "study.examples=8", "--set",
      "study.halvings=4", "--set", "study.resamples=100", "--set", "study.twins=[]",
    ]
    let done = try await world.mapo(arguments + ["--json"])
    try #require(done.status == 0, "\(done.errors)")
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(done.output.utf8)) as? [String: Any])
    let keys = [
      "scores": ["target", "task", "prompt", "mean", "count"],
      "kendallTau": ["a", "b", "task", "tau", "low", "high"],
      "bestPromptLoss": ["a", "b", "task", "loss", "low", "high"],
    ]
    for (name, keys) in keys {
      let entries = try #require(report[name] as? [[String: Any]], "\(name)")
      #expect(!entries.isEmpty && keys.allSatisfy { entries[0].keys.contains($0) }, "\(name)")
    }
    let kept = try Data(contentsOf: world.url("studied/study.json"))
    #expect(
      try JSONSerialization.jsonObject(with: kept) as? NSDictionary == report as NSDictionary)
    let again = try await world.mapo(arguments)
    try #require(again.status == 0, "\(again.errors)")
    for words in [
      "split half", "Verdict: ", "study.json", "amber", "lookup", "mapo report studied",
    ] {
      #expect(again.output.contains(words), "\(words)")
    }
    #expect(try Data(contentsOf: world.url("studied/study.json")) == kept)
    let wrong = try await world.mapo(arguments + ["--set", "study=null"])
    #expect(wrong.status == 2 && wrong.lastError.contains("study"), "\(wrong.errors)")
  }
}
