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
  var left = wanted.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  var common = 0
  for word in found where left[word, default: 0] > 0 {
    left[word, default: 0] -= 1
    common += 1
  }
  guard common > 0 else { return 0 }
  let precision = Double(common) / Double(found.count)
  let recall = Double(common) / Double(wanted.count)
  return 2 * precision * recall / (precision + recall)
}

/// The words of the script's `normalize_answer`: lower case, ASCII punctuation removed, the words
/// a, an and the replaced by a space, split at whitespace.
///
/// Words are UTF-8 bytes, since the script compares code points, and `String` would take a
/// letter with a combining accent for the precomposed one. One difference is left: a capital
/// sigma at the end of a Greek word becomes ς in Python and σ here.
func squadWords(_ text: String) -> [[UInt8]] {
  let lowered = text.lowercased().unicodeScalars.filter { !isASCIIPunctuation($0) }
  var kept = String.UnicodeScalarView()
  var run = String.UnicodeScalarView()
  /// Ends a run of word characters: an article leaves a space.
  func endRun() {
    let isArticle = ["a", "an", "the"].contains { $0.unicodeScalars.elementsEqual(run) }
    kept.append(contentsOf: isArticle ? " ".unicodeScalars : run)
    run.removeAll()
  }
  for scalar in lowered {
    if isWordCharacter(scalar) {
      run.append(scalar)
    } else {
      endRun()
      kept.append(scalar)
    }
  }
  endRun()
  return kept.split(whereSeparator: isSpace).map { Array(String($0).utf8) }
}

/// Python's `string.punctuation`.
private func isASCIIPunctuation(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
  default: false
  }
}

/// `\w` of Python's `re`, the underscore aside, which is gone by now.
private func isWordCharacter(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
  default: scalar.properties.numericType != nil
  }
}

/// Python's `str.isspace`: Unicode white space and the four ASCII separators.
private func isSpace(_ scalar: Unicode.Scalar) -> Bool {
  scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
}
