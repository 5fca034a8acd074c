import Foundation

/// Recognises output that is more than one prompt: talk about the prompt, a second prompt, an answer.
enum Commentary {
  /// What a line of commentary starts with, in lower case.
  private static let openings = [
    "sure,", "sure!", "sure.", "sure:", "certainly", "of course", "rewritten prompt",
    "the rewritten prompt", "optimized prompt", "optimised prompt", "improved prompt",
    "the improved prompt", "revised prompt", "the revised prompt", "rephrased prompt", "new prompt",
    "original prompt", "alternative prompt", "rewritten:", "rewrite:", "i rewrote",
    "i have rewritten", "i've rewritten", "explanation of", "explanation:", "changes made",
    "this version", "this rewrite", "prompt 1", "prompt 2", "version 1", "version 2",
    "alternative 1", "alternative 2", "option 1", "option 2", "or alternatively",
  ]
  private static let presenting = ["here is", "here's", "here are", "below is"]
  private static let presented = [
    "prompt", "version", "rewrite", "rewritten", "rephras", "paraphras", "improved", "instruction",
  ]

  /// The first sign that `rewritten` is not one prompt. Signs that the original has too are fine.
  ///
  /// - Parameter labels: Words that would be an answer if they stood at the end on their own.
  static func violation(
    original: String, rewritten: String, labels: [String]
  ) -> GuardViolation? {
    let originalLines = lines(of: original)
    let rewrittenLines = lines(of: rewritten)
    if let phrase = opening(of: rewrittenLines, in: original.lowercased()) {
      return .commentary(phrase)
    }
    if repeats(rewrittenLines, notIn: originalLines) { return .severalPrompts }
    guard let answer = finalAnswer(of: rewrittenLines, labels: labels),
      finalAnswer(of: originalLines, labels: labels) == nil
    else { return nil }
    return .answerAppended(answer)
  }

  /// Lines with text, trimmed.
  private static func lines(of text: String) -> [String] {
    text.split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  private static func opening(of lines: [String], in original: String) -> String? {
    for line in lines {
      let line = line.lowercased().trimmingCharacters(in: CharacterSet(charactersIn: "*#_ "))
      if let phrase = openings.first(where: { line.hasPrefix($0) && !original.contains($0) }) {
        return phrase
      }
      guard let start = presenting.first(where: { line.hasPrefix($0) && !original.contains($0) })
      else { continue }
      let sentence = line.prefix { $0 != ":" && $0 != "." }
      if presented.contains(where: { sentence.contains($0) }) { return start }
    }
    return nil
  }

  /// Whether a line of several words comes more often than in the original, or a ruled line parts
  /// what comes out.
  private static func repeats(_ lines: [String], notIn original: [String]) -> Bool {
    let counts = Dictionary(lines.map { ($0, 1) }, uniquingKeysWith: +)
    let before = Dictionary(original.map { ($0, 1) }, uniquingKeysWith: +)
    return counts.contains { line, count in
      let isRule = line.count >= 3 && line.allSatisfy { "-*=_".contains($0) }
      let isText = line.split(separator: " ").count >= 3
      let allowed = before[line, default: 0]
      return (isRule && allowed == 0) || (isText && count > max(1, allowed))
    }
  }

  /// The label that stands alone behind the last cue ("Answer: good"), if one does.
  private static func finalAnswer(of lines: [String], labels: [String]) -> String? {
    guard let line = lines.last else { return nil }
    let cues: Set<Character> = [":", ">", "=", "：", "→"]
    var ending = Substring(line)
    if let cue = line.lastIndex(where: cues.contains) {
      ending = line[line.index(after: cue)...]
    } else if lines.count < 2 || !(lines[lines.count - 2].last.map(cues.contains) ?? false) {
      return nil
    }
    let answer = ending.trimmingCharacters(in: CharacterSet(charactersIn: " .!\"'`*"))
    return labels.first { $0.compare(answer, options: .caseInsensitive) == .orderedSame }
  }
}
