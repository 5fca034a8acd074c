/// Exact match as SQuAD's official script computes it: 1 where both texts are the same after its
/// normalisation, otherwise 0.
///
/// Source: Rajpurkar et al. 2016, arXiv:1606.05250, evaluation script (version 2.0).
public func squadExactMatch(_ answer: String, reference: String) -> Double {
  squadWords(answer) == squadWords(reference) ? 1 : 0
}

/// F1 over the words as SQuAD's official script computes it.
///
///     precision = c / |answer|,  recall = c / |reference|,  F1 = 2 · precision · recall / (p + r)
///
/// with c the words in common, counted with multiplicity. Where either has no words, the score is
/// 1 if neither has, otherwise 0 (the rule of version 2.0, for questions without an answer).
///
/// Source: Rajpurkar et al. 2016, arXiv:1606.05250, evaluation script (version 2.0).
public func squadF1(_ answer: String, reference: String) -> Double {
  let found = squadWords(answer)
  let wanted = squadWords(reference)
  guard !found.isEmpty, !wanted.isEmpty else { return found.isEmpty == wanted.isEmpty ? 1 : 0 }
  return fMeasure(
    common: commonCount(found, wanted), found: found.count, wanted: wanted.count)
}

/// The words of the script's `normalize_answer`: lower case, ASCII punctuation removed, the words
/// a, an and the replaced by a space, split at whitespace.
///
/// Words are UTF-8 bytes, since the script compares code points, and `String` would take a
/// letter with a combining accent for the precomposed one.
func squadWords(_ text: String) -> [[UInt8]] {
  var words: [[UInt8]] = []
  var word: [UInt8] = []
  var run: [UInt8] = []
  func endWord() {
    if !word.isEmpty { words.append(word) }
    word.removeAll(keepingCapacity: true)
  }
  /// Ends a run of word characters: an article leaves a space.
  func endRun() {
    if isArticle(run) { endWord() } else { word += run }
    run.removeAll(keepingCapacity: true)
  }
  for scalar in lowercasedScalars(text) where !isASCIIPunctuation(scalar) {
    if isWordCharacter(scalar) {
      run.append(contentsOf: scalar.utf8)
    } else {
      endRun()
      if isSpace(scalar) { endWord() } else { word += scalar.utf8 }
    }
  }
  endRun()
  endWord()
  return words
}

private func isArticle(_ word: [UInt8]) -> Bool {
  word.count <= 3 && articles.contains(word)
}

private let articles = ["a", "an", "the"].map { Array($0.utf8) }

/// Python's `string.punctuation`.
private func isASCIIPunctuation(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
  default: false
  }
}

/// `\w` of Python's `re`, the underscore and capitals of ASCII aside, which are gone by now.
private func isWordCharacter(_ scalar: Unicode.Scalar) -> Bool {
  if scalar.isASCII { return ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) }
  return switch scalar.properties.generalCategory {
  case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
  default: scalar.properties.numericType != nil
  }
}

/// Python's `str.isspace`: Unicode white space and the four ASCII separators.
private func isSpace(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0x09...0x0D, 0x1C...0x20: true
  case 0..<0x80: false
  default: scalar.properties.isWhitespace
  }
}
