/// Finds the words that a prompt offers as answers: "Options: a, b.", "(a / b)", "a | b", "either a
/// or b", "choose from a, b or c", "Labels: [a, b]", "a or b?".
///
/// A wording is protected too often rather than too rarely: a false alarm costs a rewrite, a lost
/// label costs every answer.
struct LabelLists {
  private let tokens: [PromptToken]

  /// The label words of a prompt, in order and without repetition; an item of several words is
  /// given as one string with single spaces.
  static func labels(in tokens: [PromptToken]) -> [String] {
    var seen: Set<String> = []
    return LabelLists(tokens: withoutQuotes(tokens)).all().filter { seen.insert($0).inserted }
  }

  /// Quotation marks around items say nothing here. A star or hyphen that begins a line stays.
  private static func withoutQuotes(_ tokens: [PromptToken]) -> [PromptToken] {
    tokens.indices.filter { index in
      let startsLine = index == 0 || tokens[index - 1] == .newline
      return !tokens[index].isMark(quotes) || (startsLine && tokens[index].isMark(bullets))
    }.map { tokens[$0] }
  }

  private func all() -> [String] {
    tokens.indices.flatMap { index in
      announcedList(at: index) + bracketedList(at: index) + alternatives(at: index)
    }
  }

  // MARK: "Options: a, b." and "choose from a, b or c"

  private func announcedList(at index: Int) -> [String] {
    guard let word = lowercasedWord(index) else { return [] }
    if Self.announcing.contains(word) {
      let colon = skipFillers(from: index + 1)
      guard token(colon)?.isMark([":", "="]) == true else { return [] }
      return items(from: colon + 1, isOpen: false)
    }
    if Self.choosing.contains(word) {
      guard
        let link = (index + 1..<index + 5).first(where: {
          lowercasedWord($0).map(Self.among.contains) ?? false
        })
      else { return [] }
      return items(from: listStart(after: link), isOpen: true)
    }
    if word == "either" || word == "between" {
      return items(from: skipFillers(from: index + 1), isOpen: true)
    }
    if word == "one", lowercasedWord(index + 1) == "of" {
      return items(from: listStart(after: index + 1), isOpen: true)
    }
    return []
  }

  /// Past "the following options:" after "from" or "of".
  private func listStart(after link: Int) -> Int {
    var start = skipFillers(from: link + 1)
    if let word = lowercasedWord(start), Self.announcing.contains(word),
      token(start + 1)?.word == nil
    {
      start += 1
    }
    return token(start)?.isMark([":"]) == true ? start + 1 : start
  }

  private func skipFillers(from start: Int) -> Int {
    var index = start
    while let word = lowercasedWord(index), Self.fillers.contains(word) { index += 1 }
    return index
  }

  /// The items of a list that starts at `start` and ends where its sentence, line or bracket does.
  ///
  /// - Parameter isOpen: Whether prose may follow without a mark, as in "choose a or b for the text";
  ///   the last item then has no more words than the longest before it.
  private func items(from start: Int, isOpen: Bool) -> [String] {
    var result: [[String]] = [[]]
    var index = start
    if let open = token(index), open.isMark(["(", "[", "{"]) { index += 1 }
    if let bulleted = bulletedItems(from: index) { return bulleted }
    if token(index) == .newline { index += 1 }
    var isLast = false
    while let token = token(index), (result.last?.count ?? 0) <= Self.longestProse {
      let word = token.word?.lowercased()
      let isDisjunction = word.map(Self.disjunctions.contains) ?? false
      if isDisjunction || word == "and" || token.isMark(Self.separators) {
        if result.last?.isEmpty == false {
          // After "a, b or c" a comma leads on to other things.
          if isLast && word == nil { break }
          result.append([])
        }
        isLast = isLast || isDisjunction || (isOpen && word == "and")
      } else if let word = token.word {
        result[result.count - 1].append(word)
      } else {
        break
      }
      index += 1
    }
    return cleaned(result, isOpen: isOpen)
  }

  private func cleaned(_ raw: [[String]], isOpen: Bool) -> [String] {
    var items = raw.map { words in
      Array(words.drop { Self.articles.contains($0.lowercased()) })
    }.filter { !$0.isEmpty }
    guard let last = items.last, items.count > 1 else { return [] }
    let longest = items.dropLast().map(\.count).max() ?? 1
    if last.count > Self.longestItem || (isOpen && last.count > longest) {
      items[items.count - 1] = Array(last.prefix(min(longest, Self.longestItem)))
    }
    guard items.allSatisfy({ $0.count <= Self.longestItem }) else { return [] }
    return items.map { $0.joined(separator: " ") }
  }

  /// Lines that begin with a bullet or a number: one item each.
  private func bulletedItems(from start: Int) -> [String]? {
    var items: [String] = []
    var index = start
    while token(index) == .newline, let first = bulletEnd(at: index + 1) {
      var words: [String] = []
      index = first
      while let word = token(index)?.word {
        words.append(word)
        index += 1
      }
      if (1...Self.longestItem).contains(words.count) {
        items.append(words.joined(separator: " "))
      }
      while let token = token(index), token != .newline { index += 1 }
    }
    return items.count > 1 ? items : nil
  }

  /// Past "- " or "1. ", if that is what stands at `index`.
  private func bulletEnd(at index: Int) -> Int? {
    if token(index)?.isMark(Self.bullets) == true { return index + 1 }
    let isNumber = token(index)?.word.map { $0.unicodeScalars.allSatisfy(\.isDigit) } ?? false
    return isNumber && token(index + 1)?.isMark([".", ")"]) == true ? index + 2 : nil
  }

  // MARK: "(a / b)" and "[a, b]"

  private func bracketedList(at index: Int) -> [String] {
    guard case .mark(let open)? = token(index), let close = Self.closers[open] else { return [] }
    var end = index + 1
    var hasSeparator = false
    while let token = token(end), token.word != nil || token.isMark(Self.separators) {
      hasSeparator = hasSeparator || token.isMark(Self.separators) || token.word == "or"
      end += 1
    }
    guard hasSeparator, token(end) == .mark(close),
      let first = lowercasedWord(index + 1), !Self.functionWords.contains(first)
    else { return [] }
    return items(from: index + 1, isOpen: false)
  }

  // MARK: "a or b", "a | b", "a / b": one word on each side

  private func alternatives(at index: Int) -> [String] {
    guard let joint = token(index) else { return [] }
    let isOr = joint.word.map { Self.disjunctions.contains($0.lowercased()) } ?? false
    guard isOr || joint.isMark(["|", "/"]) else { return [] }
    let hasComma = isOr && token(index - 1)?.isMark([","]) == true
    let left = hasComma ? index - 2 : index - 1
    let right = isOr && isArticle(index + 1) ? index + 2 : index + 1
    guard let first = label(left), let second = label(right) else { return [] }
    if !isOr { return [first, second] }
    let before = chain(before: left, isCertain: hasComma)
    return hasComma || !before.isEmpty || isIntroduced(left) || isAtEnd(right)
      ? before + [first, second] : []
  }

  /// The words of "a, b, c or d" that stand before "c": each a single word between commas.
  ///
  /// - Parameter isCertain: Whether the first of them is one even where prose leads up to it; "of the
  ///   text, a or b" is no list of three.
  private func chain(before index: Int, isCertain: Bool) -> [String] {
    var words: [String] = []
    var position = index
    while token(position - 1)?.isMark([","]) == true, let word = label(position - 2) {
      position -= 2
      if isCertain || isIntroduced(position) || token(position - 1)?.isMark([","]) == true {
        words.append(word)
      }
    }
    return words.reversed()
  }

  /// Whether the item at `index` begins a line or sentence, or a word leads up to it.
  private func isIntroduced(_ index: Int) -> Bool {
    guard let word = lowercasedWord(index - 1) else { return !isPlaceholder(index - 1) }
    return Self.introducing.contains(word)
      || (isArticle(index - 1) && lowercasedWord(index - 2).map(Self.introducing.contains) ?? true)
  }

  private func isAtEnd(_ index: Int) -> Bool {
    guard let next = token(index + 1) else { return true }
    return next.word == nil && !isPlaceholder(index + 1)
  }

  private func isPlaceholder(_ index: Int) -> Bool {
    if case .placeholder? = token(index) { true } else { false }
  }

  private func isArticle(_ index: Int) -> Bool {
    lowercasedWord(index).map(Self.articles.contains) ?? false
  }

  private func label(_ index: Int) -> String? {
    guard let word = token(index)?.word else { return nil }
    return Self.functionWords.contains(word.lowercased()) ? nil : word
  }

  private func token(_ index: Int) -> PromptToken? {
    tokens.indices.contains(index) ? tokens[index] : nil
  }

  private func lowercasedWord(_ index: Int) -> String? { token(index)?.word?.lowercased() }
}
