/// `text` with case, punctuation and whitespace folded: its words in lower case, one space
/// between them.
public func normalForm(_ text: String) -> String {
  words(of: text).joined(separator: " ")
}

/// The runs of letters, digits and combining marks, in lower case.
func words(of text: String) -> [String] {
  lowercasedScalars(text).split { !isOfWord($0) }.map { String(String.UnicodeScalarView($0)) }
}

private func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
  if scalar.isASCII { return ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) }
  let properties = scalar.properties
  return properties.isAlphabetic || properties.numericType != nil
    || properties.generalCategory == .nonspacingMark
}

/// Texts, and the question whether another text is a near-duplicate of any of them.
///
/// Two texts are near-duplicates when they have the same normal form, or when the sets of their
/// word trigrams are alike:
///
///     |A ∩ B| / |A ∪ B| ≥ threshold        (Jaccard 1912; shingles as in Broder 1997)
///
/// A text of fewer than three words is one shingle. An inverted index from trigrams to texts
/// finds all |A ∩ B| in one pass over the trigrams of the text that is asked about.
public struct NearDuplicateIndex: Sendable {
  /// Similarity from which on two texts count as the same, in 0...1.
  public let threshold: Double
  private var wordIDs: [String: Int32] = [:]
  private var postings: [Shingle: [Int32]] = [:]
  private var shingleCounts: [Int] = []

  /// An empty index.
  /// - Precondition: `threshold` is in 0...1 and not 0.
  public init(threshold: Double = 0.9) {
    precondition(threshold > 0 && threshold <= 1, "threshold \(threshold)")
    self.threshold = threshold
  }

  /// An index of `texts`.
  public init(of texts: some Sequence<String>, threshold: Double = 0.9) {
    self.init(threshold: threshold)
    for text in texts { insert(text) }
  }

  /// How many texts there are.
  public var count: Int { shingleCounts.count }

  /// Adds a text; its number is the count of those before it.
  public mutating func insert(_ text: String) {
    let ids = words(of: text).map { word in
      wordIDs[word] ?? newID(for: word)
    }
    let shingles = shingles(of: ids)
    for shingle in shingles { postings[shingle, default: []].append(Int32(count)) }
    shingleCounts.append(shingles.count)
  }

  /// The numbers of the texts that `text` is a near-duplicate of, ascending.
  public func matches(of text: String) -> [Int] {
    // Words that the index does not have get negative numbers, which no shingle of it has.
    var unknown: [String: Int32] = [:]
    let ids = words(of: text).map { word in
      if let id = wordIDs[word] { return id }
      let id = unknown[word] ?? -Int32(unknown.count + 1)
      unknown[word] = id
      return id
    }
    let shingles = shingles(of: ids)
    var shared: [Int32: Int] = [:]
    for shingle in shingles {
      for number in postings[shingle] ?? [] { shared[number, default: 0] += 1 }
    }
    return shared.filter { number, common in
      let union = shingles.count + shingleCounts[Int(number)] - common
      return Double(common) >= threshold * Double(union)
    }.map { Int($0.key) }.sorted()
  }

  /// Whether `text` is a near-duplicate of any text of the index.
  public func contains(_ text: String) -> Bool { !matches(of: text).isEmpty }

  private mutating func newID(for word: String) -> Int32 {
    let id = Int32(wordIDs.count)
    wordIDs[word] = id
    return id
  }
}

/// Three words in a row, by number.
private struct Shingle: Hashable, Sendable {
  let first: Int32
  let second: Int32
  let third: Int32
}

/// Stands after the last word of a text of fewer than three.
private let noWord = Int32.min

private func shingles(of ids: [Int32]) -> Set<Shingle> {
  guard ids.count >= 3 else {
    let padded = ids + [noWord, noWord, noWord]
    return [Shingle(first: padded[0], second: padded[1], third: padded[2])]
  }
  return Set(
    (2..<ids.count).map { Shingle(first: ids[$0 - 2], second: ids[$0 - 1], third: ids[$0]) })
}
