import Testing
import Tokenizers

@Suite struct WordScannerTests {
  @Test func wordsAgreeWithTheReference() throws {
    for golden in try Golden.load().cases {
      #expect(words(of: golden.text) == golden.words)
    }
  }

  @Test(arguments: [
    ("a  b", ["a", " ", " b"]),
    ("a\n\n b", ["a", "\n\n", " b"]),
    ("a \nb", ["a", " ", "\n", "b"]),
    ("a  ", ["a", "  "]),
    ("it's they'll I'M", ["it", "'s", " they", "'ll", " I", "'", "M"]),
    ("don''t", ["don", "''", "t"]),
    (" 's", [" '", "s"]),
    ("ab12cd", ["ab", "12", "cd"]),
    ("e\u{301}x", ["e", "\u{301}", "x"]),
    ("🙂🙂 🙂", ["🙂🙂", " 🙂"]),
    ("a\u{A0}b", ["a", "\u{A0}", "b"]),
  ])
  func rule(text: String, expected: [String]) {
    #expect(words(of: text) == expected)
  }

  private func words(of text: String) -> [String] {
    var text = text
    text.makeContiguousUTF8()
    let bytes = text.utf8.span
    var words: [String] = []
    var start = 0
    while start < bytes.count {
      let end = PreTokenizer.gpt2.scanner.wordEnd(in: bytes, from: start)
      words.append(String(decoding: (start..<end).map { bytes[$0] }, as: UTF8.self))
      start = end
    }
    return words
  }
}
