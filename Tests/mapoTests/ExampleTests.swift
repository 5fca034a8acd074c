import Foundation
import Rewriting
import TestSupport
import Testing

/// The example package, which depends on this one as a user's would, built and run.
@Suite struct ExampleTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  private static let package = root.appending(path: "Examples/RewritePrompts")
  private static let scratch = root.appending(path: ".build/examples/RewritePrompts")
  private static let program = scratch.appending(path: "release/rewrite-prompts")

  /// Builds it once for all tests, beside the world being made.
  private static let build = Task {
    let outcome = try await swift("build", "--configuration", "release")
    try #require(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
  }

  private static func swift(_ command: String, _ arguments: String...) async throws
    -> Command.Outcome
  {
    try await Command.run(
      ["swift", command, "--package-path", package.path, "--scratch-path", scratch.path]
        + arguments,
      of: URL(fileURLWithPath: "/usr/bin/env"), in: root)
  }

  @Test func rewritesAsTheCommandDoes() async throws {
    try await Self.build.value
    let world = try await RewriteTests.training.value
    let prompts = ["Is {{x}} good or bad?", "", "Name the city: {{record}}"]
    let found = try await Command.run(
      [RewriteTests.rewriter] + prompts, of: Self.program, in: world.folder)
    #expect(found.status == 0)
    let lines = try await Command.run(
      [RewriteTests.rewriter], of: Self.program, in: world.folder,
      input: prompts.joined(separator: "\n"))
    #expect(lines.status == 0 && lines.output == found.output && lines.errors == found.errors)
    var expected = (output: "", errors: "")
    for prompt in prompts {
      let outcome = try await world.mapo("rewrite", "--rewriter", RewriteTests.rewriter, prompt)
      expected.output += outcome.output
      expected.errors += outcome.errors
    }
    #expect(found.output == expected.output && found.errors == expected.errors)
    let missing = try await Command.run(["missing"], of: Self.program, in: world.folder)
    #expect(missing.status == 1 && missing.errors.contains("there is no such file"))
  }

  /// The `Rewriting` product needs no other package, and nothing of networking or a database is in a
  /// program that uses it.
  @Test func pullsInNeitherNetworkingNorSQLite() async throws {
    try await Self.build.value
    let graph = try await Self.swift("package", "show-dependencies", "--format", "json")
    let package = try JSONDecoder().decode(Dependency.self, from: Data(graph.output.utf8))
    #expect(package.dependencies.count == 1 && package.dependencies[0].dependencies.isEmpty)
    let (program, mapo) = try (
      Data(contentsOf: Self.program, options: .alwaysMapped),
      Data(contentsOf: Command.program, options: .alwaysMapped)
    )
    for name in ["sqlite3_open", "NIOPosix", "AsyncHTTPClient", "ArgumentParser"] {
      #expect(program.range(of: Data(name.utf8)) == nil, "\(name)")
      #expect(mapo.range(of: Data(name.utf8)) != nil, "\(name) is no name to look for")
    }
    #expect(program.range(of: Data("FoundationNetworking".utf8)) == nil)
  }

  private struct Dependency: Decodable {
    let dependencies: [Dependency]
  }
}
