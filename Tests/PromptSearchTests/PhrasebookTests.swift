import Foundation
import PromptSearch
import Testing

@Suite struct PhrasebookTests {
  @Test func theRepositorysBookHasEnoughOfEverything() throws {
    let book = try repositoryPhrasebook()
    let counts = Dictionary(uniqueKeysWithValues: book.counts.map { ($0.role, $0.count) })
    #expect(counts[.frame] == 10)
    #expect(counts[.cue] == 8)
    #expect(counts[.inputLabel] == 6)
    #expect(counts[.order] == 2)
    #expect(book.words.allSatisfy { $0.values.count == 6 })
    #expect(book.contents.allSatisfy { $0.values.count == 5 })
  }

  @Test func phrasesHaveOneMeaning() throws {
    #expect(throws: PhrasebookError.ambiguous(kind: "cue", phrase: "Answer:")) {
      try edited { $0.replacing("\"Output:\"", with: "\"Answer:\"") }
    }
    #expect(throws: PhrasebookError.ambiguous(kind: "word", phrase: "text")) {
      try edited { $0.replacing("\"headline\"", with: "\"text\"") }
    }
    #expect(throws: PhrasebookError.noValues(role: Role(rawValue: "verb.write"))) {
      try edited {
        $0.replacing(
          #"["write", "compose", "create", "make", "produce", "draft"]"#, with: "[]")
      }
    }
  }

  @Test func errorsAreSentences() {
    #expect(
      "\(PhrasebookError.ambiguous(kind: "cue", phrase: "="))"
        == "the phrase book has the cue '=' twice")
    #expect(
      "\(PhrasebookError.noValues(role: .cue))" == "the phrase book has no value for the role 'cue'"
    )
    let missing = URL(filePath: "/nowhere/book.json")
    #expect { try Phrasebook(contentsOf: missing) } throws: {
      "\($0)".hasPrefix("book.json is not a phrase book: ")
    }
  }

  /// The repository's book after a change of its text.
  private func edited(_ change: (String) -> String) throws {
    let data = try JSONEncoder().encode(repositoryPhrasebook())
    let text = change(
      String(decoding: data, as: UTF8.self).replacing("\",\"", with: "\", \""))
    try JSONDecoder().decode(Phrasebook.self, from: Data(text.utf8)).validate()
  }
}
