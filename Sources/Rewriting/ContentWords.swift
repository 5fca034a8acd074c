/// The words that say what a prompt is about.
package enum ContentWords {
  /// Words that stand in prompts of any task, besides those of any text.
  private static let anyPrompt: Set<String> = [
    "answer", "answers", "ask", "carefully", "each", "every", "exact", "explain", "following",
    "get", "give", "given", "help", "here", "include", "input", "instruction", "instructions",
    "label", "let", "make", "me", "my", "need", "no", "nothing", "only", "option", "options",
    "output", "please", "produce", "prompt", "provide", "question", "read", "reply", "report",
    "response", "result", "return", "rules", "say", "source", "task", "tell", "text", "thanks",
    "think", "use", "user", "using", "want", "word", "words", "write",
  ]
  private static let stopWords = anyPrompt.union(LabelLists.functionWords)

  /// Whether a rewrite has more than half of the original's words that neither had to be copied nor
  /// stand in any prompt: with fewer it is hardly the same task.
  ///
  /// - Parameter required: Words that had to survive, besides the protected spans.
  package static func areShared(
    by original: String, and rewritten: String, required: [String]
  ) -> Bool {
    let spans = ProtectedSpans(of: original)
    let copied = words(
      of: (spans.quotes + spans.numbers + spans.labels + required).joined(separator: " "))
    let own = words(of: original).subtracting(copied).subtracting(stopWords)
    return own.intersection(words(of: rewritten)).count * 2 > own.count
  }

  private static func words(of text: String) -> Set<String> {
    Set(PromptScanner.tokens(of: text).compactMap { $0.word?.lowercased() })
  }
}
