import Benchmarks
import Foundation
import Testing
import Tokenizers

@Suite struct TokenizerBenchmarkTests {
  @Test func encodesEveryDocumentOfTheFile() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (file, text) = (folder.appending(path: "t.json"), folder.appending(path: "text.txt"))
    let line = "Is this review good or bad? It's 2 \u{1F642}\n"
    let tokenizer = Tokenizer.train(on: [line, line], vocabularySize: 290, specialTokens: [])
    try tokenizer.write(to: file)
    // Documents end at line ends, where words end too: the tokens are those of the whole.
    let content = String(repeating: line, count: 500) + "no line end"
    try content.write(to: text, atomically: true, encoding: .utf8)
    let report = try TokenizerBenchmark(tokenizer: file, text: text).run()
    #expect(report.tokens == tokenizer.encode(content).count)
    #expect(report.megabytesPerSecond > 0 && report.megabytesPerSecond.isFinite)
  }

  @Test func filesThatAreNotThere() {
    let missing = URL(filePath: "/nowhere/t.json")
    #expect(throws: TokenizerError.self) {
      try TokenizerBenchmark(tokenizer: missing, text: missing)
    }
  }
}
