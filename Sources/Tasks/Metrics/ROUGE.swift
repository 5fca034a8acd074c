/// ROUGE-N F-measure of one answer and one reference.
///
///     P = c / |answer n-grams|,  R = c / |reference n-grams|,  F = 2PR / (P + R)
///
/// with c the n-grams in common, counted with multiplicity. A word is a run of a–z and 0–9 after
/// lower-casing, without stemming. 0 where either has no n-gram.
///
/// Source: Lin 2004, "ROUGE: a package for automatic evaluation of summaries"; the same numbers
/// as the `rouge-score` package (rouge1, rouge2, …, `use_stemmer=False`).
///
/// - Parameter n: Words of an n-gram, at least 1.
public func rougeNFMeasure(_ answer: String, reference: String, n: Int) -> Double {
  precondition(n > 0, "rougeNFMeasure: n-grams of \(n) words")
  let found = rougeWords(answer)
  let wanted = rougeWords(reference)
  guard found.count >= n, wanted.count >= n else { return 0 }
  return fMeasure(
    common: commonCount(nGrams(of: found, n), nGrams(of: wanted, n)),
    found: found.count - n + 1, wanted: wanted.count - n + 1)
}

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
  return fMeasure(
    common: longestCommonSubsequence(found, wanted), found: found.count, wanted: wanted.count)
}

/// Harmonic mean of precision, common / found, and recall, common / wanted; 0 without anything in
/// common.
func fMeasure(common: Int, found: Int, wanted: Int) -> Double {
  guard common > 0 else { return 0 }
  let precision = Double(common) / Double(found)
  let recall = Double(common) / Double(wanted)
  return 2 * precision * recall / (precision + recall)
}

/// How many elements both have, counted with multiplicity.
func commonCount<Element: Hashable>(_ left: [Element], _ right: [Element]) -> Int {
  var unmatched = right.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  return left.count { element in
    guard let count = unmatched[element], count > 0 else { return false }
    unmatched[element] = count - 1
    return true
  }
}

private func rougeWords(_ text: String) -> [ArraySlice<UInt8>] {
  lowercasedScalars(text).map { $0.isASCII ? UInt8($0.value) : UInt8(ascii: " ") }.split { byte in
    !((UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte))
  }
}

private func nGrams<Word>(of words: [Word], _ n: Int) -> [[Word]] {
  (0...(words.count - n)).map { Array(words[$0..<($0 + n)]) }
}

/// Length of the longest common subsequence, by whole words of bits.
///
/// A row of the usual table grows by 0 or 1 from column to column; a bit of `row` is 0 where it
/// grows. With M the columns that hold the row's element, the next row is
///
///     V′ = (V + (V ∧ M)) ∨ (V ∧ ¬M)
///
/// Source: Crochemore et al. 2001, "A fast and practical bit-vector algorithm for the longest common
/// subsequence problem".
package func longestCommonSubsequence<Element: Hashable>(
  _ left: [Element], _ right: [Element]
) -> Int {
  let none = [UInt64](repeating: 0, count: (right.count + 63) / 64)
  var columns: [Element: [UInt64]] = [:]
  for (column, element) in right.enumerated() {
    columns[element, default: none][column / 64] |= 1 << UInt64(column % 64)
  }
  var row = none.map { ~$0 }
  for element in left {
    guard let matches = columns[element] else { continue }
    var carry: UInt64 = 0
    for block in row.indices {
      let common = row[block] & matches[block]
      let (sum, overflow) = row[block].addingReportingOverflow(common)
      let (total, carryOverflow) = sum.addingReportingOverflow(carry)
      carry = overflow || carryOverflow ? 1 : 0
      row[block] = total | (row[block] & ~matches[block])
    }
  }
  return row.reduce(0) { $0 + (~$1).nonzeroBitCount }
}
