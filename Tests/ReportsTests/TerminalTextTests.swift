import Reports
import Testing

struct TerminalTextTests {
  @Test func stylesAreColorsOrMarks() {
    let text =
      TerminalText("Step 1", .strong) + TerminalText(" ") + TerminalText("please", .removed)
      + TerminalText("now", .inserted) + TerminalText("!", .faint)
    #expect(text.rendered(inColor: false) == "Step 1 [-please-]{+now+}!")
    #expect(
      text.rendered(inColor: true)
        == "\u{1B}[1mStep 1\u{1B}[0m \u{1B}[31;9mplease\u{1B}[0m\u{1B}[32mnow\u{1B}[0m"
        + "\u{1B}[2m!\u{1B}[0m")
    #expect(TerminalText("", .removed).rendered(inColor: false).isEmpty)
  }

  @Test func nothingInATextIsObeyed() {
    #expect(visible("\u{1B}[31mred\u{7}\u{9B}2J\u{7F}") == "\\u{1B}[31mred\\u{7}\\u{9B}2J\\u{7F}")
    #expect(visible("a\r\nb\rc\n\td\u{2028}e") == "a↵b↵c↵⇥d\\u{2028}e")
    #expect(visible("a\r\nb\rc\n\td", onOneLine: false) == "a\nb\nc\n\td")
    #expect(visible("\u{202E}evil\u{2066}\u{200B}") == "\\u{202E}evil\\u{2066}\\u{200B}")
    #expect(visible("naïve 你好 👩‍🔬 می‌خواهم") == "naïve 你好 👩‍🔬 می‌خواهم")
    let all = String(String.UnicodeScalarView((0..<0x500).compactMap(Unicode.Scalar.init)))
    for inColor in [false, true] {
      let shown = TerminalText(all).rendered(inColor: inColor)
      #expect(!shown.unicodeScalars.contains { $0.properties.generalCategory == .control })
    }
  }

  @Test func longTextsAreShortened() {
    #expect(shortened("abcd", to: 4) == "abcd" && shortened("abcde", to: 4) == "abc…")
    // One character as a reader sees it, but many code points.
    let marks = "a" + String(repeating: "\u{301}", count: 1000)
    #expect(shortened(marks, to: 10).unicodeScalars.count == 10)
    let words = (0..<40).map { "word\($0)" }.joined(separator: " ")
    let diff = WordDiff(words + " old", words + " " + String(repeating: "x", count: 100))
    #expect(
      TerminalText(diff, context: 6, limit: 8).rendered(inColor: false)
        == "word0 …ord39 [-old-]{+xxxxxxx…+}")
    #expect(
      TerminalText(WordDiff("Say it now.", "Tell it now!"), context: 9, limit: 9)
        .rendered(inColor: false) == "[-Say-] {+Tell+} it now[-.-]{+!+}")
  }

  @Test func colorsAreForTerminalsThatWantThem() {
    #expect(TerminalText.wantsColor(isTerminal: true, [:]))
    #expect(!TerminalText.wantsColor(isTerminal: false, [:]))
    #expect(!TerminalText.wantsColor(isTerminal: true, ["NO_COLOR": "1"]))
    #expect(TerminalText.wantsColor(isTerminal: true, ["NO_COLOR": ""]))
    #expect(!TerminalText.wantsColor(isTerminal: true, ["TERM": "dumb"]))
    #expect(TerminalText.wantsColor(isTerminal: false, ["CLICOLOR_FORCE": "1"]))
    #expect(!TerminalText.wantsColor(isTerminal: false, ["CLICOLOR_FORCE": "0"]))
    #expect(!TerminalText.wantsColor(isTerminal: true, ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"]))
  }
}
