import Foundation
import LanguageModels
import Pipeline
import Rewriting
import Testing

/// Our exports in other programs. Skipped unless MAPO_PEER_PYTHON names a Python with `transformers`
/// and MAPO_PEER_MODEL a rewriter, such as Checkpoints/quickstart/rl/amber:
///
///     MAPO_PEER_PYTHON=~/peer/bin/python MAPO_PEER_MODEL=Checkpoints/quickstart/rl/amber \
///       swift test -c release --filter PeerTests
@Suite struct PeerTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let python = environment["MAPO_PEER_PYTHON"]
  private static let model = environment["MAPO_PEER_MODEL"].map { URL(fileURLWithPath: $0) }

  private struct Question: Codable {
    let text: String
    let kind: PromptKind?
  }

  private struct Answer: Codable {
    let ids, new: [Int32]
    let logits: [Float]?
  }

  @Test(
    .enabled(if: python != nil && model != nil, "MAPO_PEER_PYTHON and MAPO_PEER_MODEL are not set"))
  func transformersRewritesAsWeDo() throws {
    let (python, source) = (try #require(Self.python), try #require(Self.model))
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("mapo-peer-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    _ = try ModelExport(from: source, to: folder, format: .hf, type: .f32).write()
    let questions = try Self.questions(100)
    let answers = try JSONDecoder().decode(
      [Answer].self,
      from: Self.run(
        python, ["scripts/peers/transformers_parity.py", folder.path],
        input: JSONEncoder().encode(questions)))
    try #require(answers.count == questions.count)
    let contents = try ModelFolder(contentsOf: source).merged()
    let format = try RewriterFormat(contents)
    let prompts = questions.map { format.prompt($0.text, kind: $0.kind) }
    let results = contents.model.generate(
      prompts.map { GenerationRequest(prompt: $0, maximumNewTokens: 64) },
      endTokens: contents.endTokens)
    var largest: Float = 0
    for (index, answer) in answers.enumerated() {
      #expect(answer.ids == prompts[index])
      #expect(Array(answer.new.prefix(results[index].tokens.count)) == results[index].tokens)
      #expect(answer.new.count - results[index].tokens.count == (results[index].ended ? 1 : 0))
      guard let logits = answer.logits else { continue }
      let ours = contents.model.hiddenStates(
        PackedBatch([prompts[index]]), rows: [prompts[index].count - 1]
      ).logits(head: contents.model.headWeights).values
      largest = max(largest, zip(ours, logits).reduce(0) { max($0, abs($1.0 - $1.1)) })
    }
    print("transformers: \(answers.count) prompts, largest difference of a logit \(largest)")
    #expect(largest <= 1e-4)
  }

  /// Prompts of the built-in tasks, evenly over all of them.
  private static func questions(_ count: Int) throws -> [Question] {
    struct Line: Decodable { let text: String }
    let kinds: [PromptKind?] = [.classification, .qa, .generation, nil]
    let tasks = try FileManager.default.contentsOfDirectory(
      at: URL(fileURLWithPath: "Data/tasks"), includingPropertiesForKeys: nil
    ).sorted { $0.path < $1.path }
    let texts = try tasks.flatMap { task in
      try String(contentsOf: task.appendingPathComponent("prompts.jsonl"), encoding: .utf8)
        .split(separator: "\n")
        .map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)).text }
    }
    return (0..<count).map { index in
      Question(text: texts[index * texts.count / count], kind: kinds[index % kinds.count])
    }
  }

  private static func run(_ program: String, _ arguments: [String], input: Data) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let (standardInput, standardOutput) = (Pipe(), Pipe())
    (process.standardInput, process.standardOutput) = (standardInput, standardOutput)
    try process.run()
    try standardInput.fileHandleForWriting.write(contentsOf: input)
    try standardInput.fileHandleForWriting.close()
    let output = try standardOutput.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return output
  }
}
