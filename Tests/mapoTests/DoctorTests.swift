import Foundation
import GRDB
import TestSupport
import Testing

/// `mapo doctor` through the real program.
@Suite struct DoctorTests {
  @Test func beforeARunThereAreBaseSamples() async throws {
    let world = try await TrainedWorld.world()
    let outcome = try await world.mapo("doctor", "tiny.yaml", "--run", "undoctored")
    try #require(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: world.url("undoctored").path))
    let text = outcome.output
    for part in [
      "base, sample 0 of 1920: ", "position   id  token", "reads   \"This is a ",
      "; trained just now, as the base stage will", "Not there yet\n\n- sft amber, reward amber, ",
      "rl birch-control: the dataset of target 'birch' is not built yet\n",
      "All good: 1920 samples end, mask and fit as they should; 2 tasks have nothing in two splits.",
    ] { #expect(text.contains(part), "\(part) is missing in\n\(text)") }
    let ends = text.split(separator: "\n").filter { $0.hasSuffix("end token") }
    #expect(!ends.isEmpty && ends.allSatisfy { $0.contains("<|endoftext|>") })
    #expect(ends.allSatisfy { $0.contains(/response +1 +— +end token$/) })
  }

  @Test func theThreeTablesAndALeak() async throws {
    let world = try await TrainedWorld.world()
    let built = try await world.mapo("dataset", "build", "tiny.yaml", "--run", "patient")
    try #require(built.status == 0, "\(built.errors)")
    let good = try await world.mapo("doctor", "tiny.yaml", "--run", "patient")
    #expect(good.status == 0 && good.errors.isEmpty, "\(good.errors)")
    for part in [
      "sft amber, sample 0 of ", ": the response is learned\n",
      "reward amber, ranking 0 of ", "; its score is read at the end\n",
      "rl amber, prompt 0 of ", ": the policy writes from here on\n",
      "rl amber, ranking 0 of ", "; its likelihood is ranked\n",
      "rl amber, text 0 of 512: ", "stage                 samples",
    ] { #expect(good.output.contains(part), "\(part) is missing in\n\(good.output)") }
    #expect(good.output.split(separator: "\n").allSatisfy { !$0.hasSuffix(" ") })

    let database = try DatabaseQueue(path: world.url("patient/feedback.sqlite").path)
    try await database.write { database in
      try database.execute(
        sql: """
          INSERT OR IGNORE INTO candidate (targetId, originalId, promptId)
          SELECT 2, (SELECT min(originalId) FROM candidate WHERE targetId = 2), min(id)
          FROM prompt WHERE role = 'test'
          """)
    }
    let leaky = try await world.mapo("doctor", "tiny.yaml", "--run", "patient", "--json")
    #expect(leaky.status == 1)
    #expect(
      leaky.errors.hasPrefix(
        "Error: dataset birch: evaluated data in the training set: role of prompt "))
    #expect(leaky.errors.count { $0 == "\n" } == 1)
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(leaky.output.utf8)) as? [String: Any])
    #expect(Set(report.keys) == ["tasks", "vocabulary", "samples", "unmade", "problems"])
    #expect((report["problems"] as? [Any])?.count == 1)
  }

  @Test func theMachineWithoutAConfiguration() async throws {
    let world = try await TrainedWorld.world()
    let outcome = try await world.mapo("doctor")
    #expect(outcome.status == 0 && outcome.output.hasPrefix("CPU"))
    let wrong = try await world.mapo("doctor", "absent.yaml")
    #expect(wrong.status == 2 && wrong.errors.contains("there is no such file"))
  }
}
