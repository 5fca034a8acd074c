/// Tells periods that end a sentence from those of abbreviations, initials and numbers.
///
/// The words are English; a period after any other is an abbreviation's where lower case follows.
struct Abbreviations {
  /// Longest word before a period that is looked at, in characters.
  private static let longestWord = 24

  private let text: [Character]

  init(_ text: [Character]) { self.text = text }

  /// Whether the sentence from `start` ends here, quotations and brackets aside.
  func endsSentence(_ end: SentenceEnd, from start: Int) -> Bool {
    let hasClosed = end.cut > end.terminators.upperBound
    if isWideTerminator(text[end.terminators.upperBound - 1]) {
      return !hasClosed || end.next > end.cut
    }
    if end.next == end.cut || ",;:)]}".contains(text[end.next]) { return false }
    let goesOn = opening(at: end.next).isLowercase
    let marks = text[end.terminators]
    if marks.contains(where: { !".…".contains($0) }) { return !(hasClosed && goesOn) }
    if marks.count > 1 || marks.first == "…" { return !goesOn }
    return !isAbbreviation(end, from: start) && !(goesOn && !text[start].isLowercase)
  }

  /// Whether a single period belongs to the word before it.
  func isAbbreviation(_ end: SentenceEnd, from start: Int) -> Bool {
    guard end.terminators.count == 1, text[end.terminators.lowerBound] == "." else { return false }
    let word = word(before: end.terminators.lowerBound, from: start)
    if word.isEmpty { return false }
    let next = opening(at: end.next)
    if word.allSatisfy(\.isNumber) { return isLabel(word, from: start) }
    let lower = String(text[word.startIndex..<word.endIndex]).lowercased()
    if word.count == 1 { return isInitial(word, from: start, before: end.next) }
    let units = lower.split(separator: ".", omittingEmptySubsequences: false)
    if units.count > 1 {
      guard units.allSatisfy({ (1...2).contains($0.count) && $0.allSatisfy(\.isLetter) }) else {
        return false
      }
      return lower == "e.g" || lower == "i.e" || !startsSentence(at: end.next)
    }
    return Self.always.contains(lower)
      || Self.beforeNumbers.contains(lower) && next.isNumber
      || Self.beforeLowercase.contains(lower) && next.isLowercase
      || Self.beforeNames.contains(lower) && !startsSentence(at: end.next)
  }

  /// "1." at the beginning, "Step 2.": the number of what follows.
  private func isLabel(_ number: ArraySlice<Character>, from start: Int) -> Bool {
    guard number.count <= 3 else { return false }
    let before = trimmed(start..<number.startIndex, of: text)
    return before.isEmpty
      || before.count <= 10 && Self.numbered.contains(String(text[before]).lowercased())
  }

  /// "J. Smith", "J. R. R. Tolkien", "a. first"; not "A or B.", "as well as I. Then".
  private func isInitial(
    _ letter: ArraySlice<Character>, from start: Int, before next: Int
  ) -> Bool {
    guard letter.first?.isLetter == true else { return false }
    let before = trimmed(start..<letter.startIndex, of: text).upperBound
    let previous = String(word(before: before, from: start)).lowercased()
    if letter.first?.isUppercase == false { return previous.isEmpty || opening(at: next).isNumber }
    return !Self.beforeChoices.contains(previous) && !startsSentence(at: next)
  }

  /// The word that ends before a place: letters, digits and periods within.
  private func word(before end: Int, from start: Int) -> ArraySlice<Character> {
    let window = text[max(start, end - Self.longestWord)..<max(start, end)]
    let first = window.lastIndex { !$0.isLetter && !$0.isNumber && $0 != "." }
    return window[(first.map { $0 + 1 } ?? window.startIndex)...]
  }

  /// The first character of what follows, opening marks aside.
  private func opening(at place: Int) -> Character {
    let rest = text[place...].prefix(4)
    return rest.first { !"\"'“‘«([*_`".contains($0) } ?? " "
  }

  /// Whether the next word is one that sentences commonly begin with.
  private func startsSentence(at place: Int) -> Bool {
    guard opening(at: place).isUppercase else { return false }
    let word = text[place...].prefix(Self.longestWord).drop { !$0.isLetter }.prefix(
      while: \.isLetter)
    return Self.starters.contains(String(word).lowercased())
  }
}

extension Abbreviations {
  /// No sentence ends after them.
  private static let always: Set<String> = [
    "dr", "mr", "mrs", "ms", "prof", "st", "mt", "gen", "col", "sen", "gov", "lt", "sgt", "capt",
    "hon", "vs", "cf", "viz", "approx", "resp", "incl", "excl", "esp", "ca", "ff",
  ]
  /// Abbreviations where a number follows.
  private static let beforeNumbers: Set<String> = [
    "no", "nos", "fig", "figs", "eq", "eqs", "sec", "ch", "vol", "art", "pp", "para", "ver", "jan",
    "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
  ]
  /// Abbreviations where lower case follows.
  private static let beforeLowercase: Set<String> = ["etc", "al", "max", "min", "ex", "est"]
  /// Abbreviations unless a word follows that sentences begin with.
  private static let beforeNames: Set<String> = [
    "inc", "ltd", "co", "corp", "jr", "sr", "dept", "univ", "bros",
  ]
  /// Words whose numbers are labels.
  private static let numbered: Set<String> = [
    "step", "rule", "question", "example", "part", "case", "task", "option", "section", "q",
  ]
  /// A letter after them is a choice and no initial.
  private static let beforeChoices: Set<String> = [
    "or", "option", "options", "answer", "choice", "letter", "class", "label", "grade", "type",
    "group", "plan", "vitamin",
  ]
  /// Words that sentences commonly begin with, and names do not.
  private static let starters: Set<String> = [
    "a", "an", "the", "it", "its", "this", "that", "these", "those", "he", "she", "they", "we",
    "you", "your", "i", "there", "in", "on", "at", "if", "is", "are", "do", "does", "what", "which",
    "who", "how", "when", "where", "why", "but", "and", "or", "so", "then", "for", "please",
    "answer", "give", "write", "say", "use", "choose", "return", "read", "explain", "classify",
  ]
}
