import Foundation
import PromptSearch
import TestSupport
import Testing

/// Cuts prompts that people wrote, which are not part of the repository.
struct RealPromptSentencesTests {
  @Test(
    .enabled(if: RealData.has("promptsource"), "no real data: set MAPO_DATA to their folder"))
  func templatesLoseNothing() throws {
    #expect(try cutAll("promptsource", extension: "yaml") > 1_000)
  }

  @Test(
    .enabled(
      if: RealData.has("awesome-chatgpt-prompts"), "no real data: set MAPO_DATA to their folder"))
  func rolesLoseNothing() throws {
    #expect(try cutAll("awesome-chatgpt-prompts", extension: "csv") > 500)
  }

  @Test(
    .enabled(
      if: RealData.has("big-bench-hard/cot-prompts"),
      "no real data: set MAPO_DATA to their folder"))
  func chainsOfThoughtLoseNothing() throws {
    #expect(try cutAll("big-bench-hard/cot-prompts", extension: "txt") > 1_000)
  }

  /// Cuts each file of a folder as one prompt, and each of its paragraphs.
  ///
  /// - Returns: How many parts the files have.
  private func cutAll(_ folder: String, extension name: String) throws -> Int {
    let files = try FileManager.default.contentsOfDirectory(
      at: RealData.folder.appending(path: folder), includingPropertiesForKeys: nil)
    var parts = 0
    for file in files where file.pathExtension == name {
      let text = try String(contentsOf: file, encoding: .utf8)
      let sentences = PromptSentences(text)
      #expect(sentences.text.utf8.elementsEqual(text.utf8), "\(file.lastPathComponent)")
      parts += sentences.parts.count
      for paragraph in text.components(separatedBy: "\n\n") {
        let sentences = PromptSentences(paragraph)
        #expect(sentences.text.utf8.elementsEqual(paragraph.utf8), "\(file.lastPathComponent)")
      }
    }
    return parts
  }
}
