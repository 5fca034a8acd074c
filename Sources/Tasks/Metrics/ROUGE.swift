/// ROUGE-L F-measure of one answer and one reference.
///
///     P = LCS / |answer|,  R = LCS / |reference|,  F = 2PR / (P + R)
///
/// LCS is the length of the longest common subsequence of words; a word is a run of a–z and 0–9
/// after lower-casing, without stemming. 0 where either has no words.
///
/// Source: Lin 2004, "ROUGE: a package for automatic evaluation of summaries"; the same numbers
/// as the `rouge-score` package (rougeL, `use_stemmer=False`).
public func rougeLFMeasure(_ answer: String, reference: String) -> Double {
  let found = rougeWords(answer)
  let wanted = rougeWords(reference)
  guard !found.isEmpty, !wanted.isEmpty else { return 0 }
  let common = longestCommonSubsequence(found, wanted)
  guard common > 0 else { return 0 }
  let precision = Double(common) / Double(found.count)
  let recall = Double(common) / Double(wanted.count)
  return 2 * precision * recall / (precision + recall)
}

private func rougeWords(_ text: String) -> [Substring] {
  let lowered = text.lowercased()
  return lowered.utf8.split { byte in
    !((UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte))
  }.map { Substring($0) }
}

/// Length of the longest common subsequence, in one row of the usual table.
func longestCommonSubsequence<Element: Hashable>(_ left: [Element], _ right: [Element]) -> Int {
  // Numbers compare faster than words.
  var numbers: [Element: Int] = [:]
  let columns = right.map { word in
    let number = numbers[word] ?? numbers.count
    numbers[word] = number
    return number
  }
  var row = [Int](repeating: 0, count: right.count + 1)
  for word in left {
    guard let number = numbers[word] else { continue }
    var diagonal = 0
    for (column, other) in columns.enumerated() {
      let above = row[column + 1]
      row[column + 1] = other == number ? diagonal + 1 : max(above, row[column])
      diagonal = above
    }
  }
  return row[right.count]
}
