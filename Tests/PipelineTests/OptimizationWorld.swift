import Foundation
import GRDB
import LocalServer
import Pipeline
import Tasks
import TestSupport

/// Runs that improve prompts of a tiny task, for the shipped target or for one behind a server.
final class OptimizationWorld: Sendable {
  let tiny: TinyWorld

  init() throws { tiny = try TinyWorld() }

  /// A run with one target, over the sentiment task alone.
  func open(
    _ name: String, _ target: String = OptimizationWorld.amber,
    _ opening: RunFolder.Opening = .new, settings: [String] = []
  ) throws -> Run {
    try tiny.open(name, opening, overrides: Self.settings(target, tiny) + settings)
  }

  /// The same as a configuration.
  func configuration(
    _ settings: [String] = [], _ target: String = OptimizationWorld.amber
  ) throws -> RunConfiguration {
    try tiny.configuration(Self.settings(target, tiny) + settings)
  }

  private static func settings(_ target: String, _ tiny: TinyWorld) -> [String] {
    [
      "targets=[\(target)]", "evaluation.control=false",
      "tasks=[{folder: \(tiny.url("tasks/sentiment").path)}]", "optimize.validationExamples=8",
      "optimize.freshExamples=10", "optimize.dualPhase.steps=2",
      "optimize.dualPhase.trialsPerStep=4", "optimize.dualPhase.trialsPerSentence=4",
      "optimize.dualPhase.drafts=1", "optimize.budgetFactor=2.0",
      "connection.requests.firstBackoffSeconds=0.005",
      "connection.requests.maximumBackoffSeconds=0.02", "connection.requests.maximumAttempts=2",
    ]
  }

  static let amber = shipped("amber")

  /// A target that is shipped.
  static func shipped(_ name: String) -> String {
    "{name: \(name), folder: \(TinyWorld.packageRoot.path)/Checkpoints/targets/\(name)}"
  }

  /// A text as YAML.
  static func quoted(_ text: String) -> String {
    "\"\(text.replacing("\n", with: "\\n"))\""
  }

  /// A target behind this server.
  static func served(_ server: LocalServer) -> String {
    "{name: served, server: {model: words, api: chat, endpoints: [{url: \"\(server.url)\"}]}}"
  }

  /// A server that answers with one of the label words of the question, by a digest of the question.
  ///
  /// - Parameter act: Called with each question before it is answered; where it throws, the request
  ///   is refused.
  func server(
    act: @escaping @Sendable (String) async throws -> Void = { _ in }
  ) async throws -> LocalServer {
    let task = try PromptTask(contentsOf: tiny.url("tasks/sentiment"))
    let labels = Set(task.prompts.flatMap(\.required))
    return try await LocalServer { request in
      try await act(request.prompt)
      let words = normalForm(request.prompt).split(separator: " ").map(String.init)
      let choices = words.filter(labels.contains).sorted()
      let place = Int(stableHash(request.prompt) % UInt64(max(1, choices.count)))
      return choices.isEmpty ? "nothing" : choices[place]
    }
  }

  /// The number that a query of a run's store gives.
  func number(_ name: String, _ query: String) throws -> Int {
    try DatabaseQueue(path: tiny.url("\(name)/feedback.sqlite").path).read {
      try Int.fetchOne($0, sql: query) ?? 0
    }
  }
}
