import Foundation
import PromptSearch
import TestSupport
import Testing

/// Parts as they are expected: headings begin with "H|", code and rules with "C|".
private func described(_ prompt: String) -> [String] {
  PromptSentences(prompt).parts.map { part in
    switch part.role {
    case .sentence: part.text
    case .heading: "H|" + part.text
    case .code: "C|" + part.text
    }
  }
}

struct PromptSentencesTests {
  @Test(
    arguments: [
      (
        "Classify the text. Answer with one word.", ["Classify the text.", "Answer with one word."]
      ),
      ("Is it good?! Say so!  Thanks…", ["Is it good?!", "Say so!", "Thanks…"]),
      ("  Lead in. Go.\n\n", ["Lead in.", "Go."]),
      ("No end", ["No end"]),
      // Abbreviations, initials, numbers.
      (
        "Use labels, e.g. good, i.e. Positive. Be brief.",
        ["Use labels, e.g. good, i.e. Positive.", "Be brief."]
      ),
      ("Ask Dr. Smith. He knows.", ["Ask Dr. Smith.", "He knows."]),
      ("List cats, dogs, etc. and stop. Done.", ["List cats, dogs, etc. and stop.", "Done."]),
      ("Name cats, dogs, etc. Then stop.", ["Name cats, dogs, etc.", "Then stop."]),
      (
        "The U.S. Army won. It left the U.S. The end.",
        ["The U.S. Army won.", "It left the U.S.", "The end."]
      ),
      (
        "See No. 5 and Fig. 2. Answer No. Then stop.",
        ["See No. 5 and Fig. 2.", "Answer No.", "Then stop."]
      ),
      (
        "J. R. R. Tolkien wrote it. Who is J. Smith?",
        ["J. R. R. Tolkien wrote it.", "Who is J. Smith?"]
      ),
      ("Choose A or B. Explain.", ["Choose A or B.", "Explain."]),
      (
        "Pi is 3.14. Use version 1.2.3 here. Round to 2.",
        ["Pi is 3.14.", "Use version 1.2.3 here.", "Round to 2."]
      ),
      ("It ended in 1998. Then it rained.", ["It ended in 1998.", "Then it rained."]),
      ("Work as follows. 1. Read. 2. Answer.", ["Work as follows.", "1. Read.", "2. Answer."]),
      ("Step 1. Read it. Step 2. Answer.", ["Step 1. Read it.", "Step 2. Answer."]),
      (
        "Acme Inc. Announced it. Acme Inc. The rest.",
        ["Acme Inc. Announced it.", "Acme Inc.", "The rest."]
      ),
      ("Wake at 5 a.m. and read. Go.", ["Wake at 5 a.m. and read.", "Go."]),
      // Addresses and files.
      (
        "Read https://a.org/b.html?x=1. Open notes.txt now.",
        ["Read https://a.org/b.html?x=1.", "Open notes.txt now."]
      ),
      ("Node.js and main.swift. Both.", ["Node.js and main.swift.", "Both."]),
      // Ellipses, lower case after a period.
      ("Wait... what? Go on... Then stop.", ["Wait... what?", "Go on...", "Then stop."]),
      ("Use max. five words. Stop.", ["Use max. five words.", "Stop."]),
      (
        "classify this text. answer with yes or no. thanks",
        ["classify this text.", "answer with yes or no.", "thanks"]
      ),
      // Quotations, brackets, code.
      (
        "Say \"Yes. Always.\" or \"No.\" Then stop.",
        ["Say \"Yes. Always.\" or \"No.\"", "Then stop."]
      ),
      ("“Is it? It is.” she said. Go.", ["“Is it? It is.” she said.", "Go."]),
      ("Be brief (one word. No more). Go.", ["Be brief (one word. No more).", "Go."]),
      ("Be brief. (Do not explain.) Go.", ["Be brief.", "(Do not explain.)", "Go."]),
      ("Call `a. b` or `c`. Go.", ["Call `a. b` or `c`.", "Go."]),
      ("A board of 5\" is long. Go.", ["A board of 5\" is long.", "Go."]),
      ("He said \"hello. Then he left. Go.", ["He said \"hello.", "Then he left.", "Go."]),
      (
        "**Be exact.** Do not explain. *Never.* Go.",
        ["**Be exact.**", "Do not explain.", "*Never.*", "Go."]
      ),
      // Scripts without spaces.
      ("请分类文本。只回答一个词！好吗？好", ["请分类文本。", "只回答一个词！", "好吗？", "好"]),
      ("他说「好。走。」然后走了。再见。", ["他说「好。走。」然后走了。", "再见。"]),
      ("次の文を分類してください。 {{text}}\n答え：", ["次の文を分類してください。", "{{text}}", "答え："]),
      ("هل هذا جيد؟ أجب بنعم. شكرا", ["هل هذا جيد؟", "أجب بنعم.", "شكرا"]),
    ] as [(String, [String])])
  func runningText(prompt: String, parts: [String]) { expect(prompt, parts) }

  @Test(
    arguments: [
      // Placeholders and cues.
      ("Classify it.\nText: {{text}}\nAnswer:", ["Classify it.", "Text: {{text}}", "Answer:"]),
      ("Judge it\ntext: {{text}}\nlabel:", ["Judge it", "text: {{text}}", "label:"]),
      ("Read this: {{text}}. Is it good? ->", ["Read this: {{text}}.", "Is it good?", "->"]),
      ("{{text}}\nThe answer is", ["{{text}}", "The answer is"]),
      (
        "Say {{ a. B }} now. {% if x. Y %}Go.{% endif %}",
        ["Say {{ a. B }} now.", "{% if x. Y %}Go.{% endif %}"]
      ),
      ("Fill {{\nfield\n}} in. Go.", ["Fill {{\nfield\n}} in.", "Go."]),
      ("{{question}}\nsay it in one word", ["{{question}}", "say it in one word"]),
      // Hard-wrapped lines.
      (
        "Read the text and decide\nwhether it is good. Answer\nwith one word.",
        ["Read the text and decide\nwhether it is good.", "Answer\nwith one word."]
      ),
      ("Use words, e.g.\ngood or bad.\nBe brief", ["Use words, e.g.\ngood or bad.", "Be brief"]),
      ("is it good?\nanswer yes or no.\nthanks", ["is it good?", "answer yes or no.", "thanks"]),
      ("One line\nAnother line\r\nThird", ["One line", "Another line", "Third"]),
      // Headings.
      (
        "### Task\nSay it.\n### Rules\nBe exact. Stop.",
        ["H|### Task", "Say it.", "H|### Rules", "Be exact.", "Stop."]
      ),
      (
        "###Task type###\nThis is a test.\n###Tips### Think twice.",
        ["H|###Task type###", "This is a test.", "H|###Tips###", "Think twice."]
      ),
      ("# Say what it is.\n{{text}}", ["# Say what it is.", "{{text}}"]),
      (
        "### Instruction: Label the text as good or bad\n### {{text}}\n### Response:",
        ["### Instruction: Label the text as good or bad", "### {{text}}", "### Response:"]
      ),
      ("#tag is no heading\nGo.", ["#tag is no heading", "Go."]),
      (
        "Rules:\n- Be brief.\n- Be exact. Be kind.\nInput:\n{{text}}\nOutput:",
        ["H|Rules:", "- Be brief.", "- Be exact. Be kind.", "Input:", "{{text}}", "Output:"]
      ),
      ("Translate to French:\n\n{{text}}", ["Translate to French:", "{{text}}"]),
      ("**Task:**\nSay it.\n__Notes__\nNone.", ["H|**Task:**", "Say it.", "H|__Notes__", "None."]),
      (
        "The task\n========\nSay it.\n\nMore\n---\nGo",
        ["H|The task", "C|========", "Say it.", "H|More", "C|---", "Go"]
      ),
      ("Say it now.\n---\n{{text}}", ["Say it now.", "C|---", "{{text}}"]),
      (
        "[INST]\n<<SYS>>\nBe kind.\n<</SYS>>\nHi.\n[/INST]",
        ["H|[INST]", "H|<<SYS>>", "Be kind.", "H|<</SYS>>", "Hi.", "H|[/INST]"]
      ),
      (
        "<|im_start|>user\nHi there.\n<example>\nA\n</example>",
        ["H|<|im_start|>user", "Hi there.", "H|<example>", "A", "H|</example>"]
      ),
      // Lists.
      (
        "Do this:\n1. Read the text\n   with care.\n2) Answer.\n(a) Or not.\n* Stop.\nThen rest.",
        [
          "H|Do this:", "1. Read the text\n   with care.", "2) Answer.", "(a) Or not.", "* Stop.",
          "Then rest.",
        ]
      ),
      ("Options:\nA. good\nB. bad\n• none", ["H|Options:", "A. good", "B. bad", "• none"]),
      ("- 5 is a number\n-5 is too", ["- 5 is a number", "-5 is too"]),
      // Code and rules.
      (
        "Run:\n```swift\nlet a = 1. // Yes. No.\n\nlet b\n```\nWhat is a? Say.",
        ["H|Run:", "C|```swift\nlet a = 1. // Yes. No.\n\nlet b\n```", "What is a?", "Say."]
      ),
      (
        "Never closed.\n```\nStill text. More.", ["Never closed.", "C|```", "Still text.", "More."]
      ),
      (
        "One.\n###\nTwo.\n\"\"\"\n{{text}}\n\"\"\"\n* * *",
        ["One.", "C|###", "Two.", "C|\"\"\"", "{{text}}", "C|\"\"\"", "C|* * *"]
      ),
    ] as [(String, [String])])
  func layout(prompt: String, parts: [String]) { expect(prompt, parts) }

  private func expect(_ prompt: String, _ parts: [String]) {
    #expect(described(prompt) == parts)
    expectLossless(prompt)
  }

  @Test(arguments: [
    "", " ", "\n\n", "\0", "\u{301}", "a\u{301}\u{301}. B", "\r", "\r\n.\r\n", "{{", "{{a", "}}",
    "#", "-", "1.", "```", ".", "。", "\u{FEFF}", "👩‍👩‍👧. Go",
  ])
  func oddTexts(prompt: String) { expectLossless(prompt) }

  @Test func whitespaceAloneHasNoSentence() {
    #expect(PromptSentences(" \n").editable == [])
    #expect(PromptSentences("").parts == [])
  }

  /// Whatever the text is, the parts are the text, and no placeholder is cut.
  @Test(arguments: 0..<300)
  func losesNothing(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let pieces = [
      "word", "Word", "e.g", "J", "3", ".", ". ", "!", "? ", "。", "\"", "(", ")", "“", "”",
      "{{text}}",
      "{{", "}}", "{%", "%}", " ", "\n", "\r\n", "\n\n", "# ", "###", "---", "===", "```", "- ",
      "1. ",
      ":", "->", "\0", "\u{301}", "é", "e\u{301}", "词", "\t", "*", "<a>", "[INST]",
    ]
    let prompt = (0..<Int.random(in: 0..<60, using: &random))
      .map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }.joined()
    expectLossless(prompt)
    let whole = prompt.components(separatedBy: "{{text}}").count
    let inParts = PromptSentences(prompt).parts.map {
      $0.text.components(separatedBy: "{{text}}").count - 1
    }
    #expect(inParts.reduce(1, +) == whole)
  }

  /// What would be slow if any step were not linear in the text's length.
  @Test(arguments: [
    "word ", "a. ", "A. B ", "(", "\"a ", "{{", "{% ", "\n", "```\n", "~~~\nx\n", "x\n", "- x\n",
    "word. ", "。", "....", "\u{301}", "# a\n", "a:\n", "e.g. ", "x)\n", "\n ", "<", "#a# ",
  ])
  func longTextsTakeLinearTime(piece: String) {
    expectLossless(String(repeating: piece, count: 100_000 / piece.utf8.count))
  }

  @Test func aPartIsReplacedInItsPlace() {
    let sentences = PromptSentences("  One. Two.\n\nThree.")
    #expect(sentences.replacing(1, with: "New.") == "  One. New.\n\nThree.")
    #expect(sentences.replacing(1, with: "") == "  One. Three.")
    #expect(sentences.replacing(0, with: "") == "  Two.\n\nThree.")
  }

  private func expectLossless(_ prompt: String) {
    let sentences = PromptSentences(prompt)
    #expect(sentences.text.utf8.elementsEqual(prompt.utf8))
    #expect(sentences.parts.dropFirst().allSatisfy { $0.before.isEmpty })
    #expect(sentences.parts.allSatisfy { ($0.before + $0.after).allSatisfy(\.isWhitespace) })
    for part in sentences.parts where part.isEditable {
      #expect(part.text.first?.isWhitespace == false && part.text.last?.isWhitespace == false)
    }
  }
}
