import ArgumentParser
import Foundation
import LocalServer
import TargetModels
import Tensors

/// A server to try commands on and to measure clients with.
@main
struct LocalServerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "local-server",
    abstract: "An OpenAI-compatible server on 127.0.0.1.",
    discussion: """
      With --target it answers with a model from a folder, all requests that come while it computes \
      in one batch. Without, an answer is one of the prompt's own words, the same for the same prompt.
      """)

  @Option(help: "The port to listen on; 0 takes one that is free.")
  var port = 0

  @Option(help: "Milliseconds from a request to its answer.")
  var latencyMs = 0

  @Option(help: "Folder of the model that answers.")
  var target: String?

  @Option(help: "Share of requests that meet a fault, 0 to 1.")
  var faults = 0.0

  func run() async throws {
    let batcher = try target.map {
      Batcher(try EmbeddedTarget(name: "local", folder: URL(filePath: $0)))
    }
    let plan = FaultPlan(share: faults)
    let server = try await LocalServer(
      port: port, latency: .milliseconds(latencyMs), fault: plan.fault(for:)
    ) { request in
      guard let batcher else { return Self.word(of: request.prompt) }
      return try await batcher.answer(request).get().text
    }
    // Not by print, which keeps a line back where standard output is a file.
    FileHandle.standardOutput.write(Data((server.url + "\n").utf8))
    await server.wait()
  }

  private static func word(of prompt: String) -> String {
    var random = SplitMix64(seed: 0, stream: prompt)
    let words = prompt.split(whereSeparator: \.isWhitespace)
    return words.randomElement(using: &random).map(String.init) ?? ""
  }
}
