/// What changed between two texts, word by word.
///
/// A word is letters and digits that stand together; punctuation and wide characters (Chinese,
/// Japanese, Korean, emoji) stand for themselves. Words are aligned along a longest common
/// subsequence. Whitespace belongs to the word before it, so that only words are aligned; where it
/// differs between equal words, that is a change of its own.
///
/// Nothing is lost: the runs that are not inserted give the first text, those that are not removed
/// the second, to the byte.
///
/// Source: Myers 1986, "An O(ND) Difference Algorithm and Its Variations", by the standard library's
/// `difference(from:)`.
public struct WordDiff: Equatable, Sendable {
  /// In which of the texts a run stands.
  public enum Kind: String, Equatable, Sendable {
    /// In both.
    case same
    /// In the first only.
    case removed
    /// In the second only.
    case inserted
  }

  /// Words that stand together and are alike in kind.
  public struct Run: Equatable, Sendable {
    /// Where it stands.
    public let kind: Kind
    /// Its text.
    public let text: String

    /// A run.
    public init(kind: Kind, text: String) { (self.kind, self.text) = (kind, text) }
  }

  /// Words of both texts together, the common beginning and end left out, up to which they are
  /// aligned. Beyond that everything between is one removal and one insertion: time and memory of
  /// the alignment grow with the square of the words that differ.
  public static let mostWords = 2_000

  /// The runs in order: no two neighbours are of one kind, none is empty, and what is removed
  /// stands before what is inserted in its place.
  public let runs: [Run]

  /// Compares two texts.
  public init(_ before: String, _ after: String) {
    let (old, new) = (words(of: before), words(of: after))
    var numbers = WordNumbers()
    let alignment = Alignment(
      old.map { numbers.number(of: $0) }, new.map { numbers.number(of: $0) })
    var runs = RunList()
    var (i, j) = (0, 0)
    while i < old.count || j < new.count {
      if alignment.removed.contains(i) {
        runs.removed += old[i].text + old[i].space
        i += 1
      } else if alignment.inserted.contains(j) {
        runs.inserted += new[j].text + new[j].space
        j += 1
      } else {
        runs.keep(old[i], new[j])
        (i, j) = (i + 1, j + 1)
      }
    }
    self.runs = runs.finished
  }
}

/// A word and the whitespace after it.
private struct Word {
  var text: Substring
  var space: Substring
}

/// The words of a text; the first may be empty, where the text begins with whitespace.
private func words(of text: String) -> [Word] {
  var words: [Word] = []
  var rest = text[...]
  while !rest.isEmpty {
    let end = endOfWord(in: rest)
    let space = rest[end...].prefix(while: \.isWhitespace)
    words.append(Word(text: rest[..<end], space: space))
    rest = rest[space.endIndex...]
  }
  return words
}

private func endOfWord(in rest: Substring) -> String.Index {
  let end = rest.firstIndex { !isPartOfWord($0) } ?? rest.endIndex
  if end > rest.startIndex || rest[end].isWhitespace { return end }
  return rest.index(after: end)
}

private func isPartOfWord(_ character: Character) -> Bool {
  (character.isLetter || character.isNumber || character == "_" || character == "'")
    && (character.isASCII || displayWidth(String(character)) < 2)
}

/// A number for each word, by its bytes: Swift calls texts equal that only look the same.
private struct WordNumbers {
  private var numbers: [[UInt8]: Int] = [:]

  mutating func number(of word: Word) -> Int {
    let bytes = Array(word.text.utf8)
    let number = numbers[bytes] ?? numbers.count
    numbers[bytes] = number
    return number
  }
}

/// Which words of two texts stand in one of them only.
private struct Alignment {
  private(set) var removed: Set<Int>
  private(set) var inserted: Set<Int>

  init(_ old: [Int], _ new: [Int]) {
    let start = zip(old, new).prefix { $0 == $1 }.count
    let end = zip(old[start...].reversed(), new[start...].reversed()).prefix { $0 == $1 }.count
    let (oldMiddle, newMiddle) = (start..<(old.count - end), start..<(new.count - end))
    guard oldMiddle.count + newMiddle.count <= WordDiff.mostWords else {
      (removed, inserted) = (Set(oldMiddle), Set(newMiddle))
      return
    }
    (removed, inserted) = ([], [])
    for change in new[newMiddle].difference(from: old[oldMiddle]) {
      switch change {
      case .remove(let offset, _, _): removed.insert(start + offset)
      case .insert(let offset, _, _): inserted.insert(start + offset)
      }
    }
  }
}

/// Runs as they come, and the change that is not finished.
private struct RunList {
  var removed = ""
  var inserted = ""
  private var runs: [WordDiff.Run] = []
  private var same = ""

  /// A word that stands in both texts ends a change.
  mutating func keep(_ old: Word, _ new: Word) {
    endChange()
    same += old.text
    if old.space.utf8.elementsEqual(new.space.utf8) {
      same += old.space
    } else {
      removed += old.space
      inserted += new.space
    }
  }

  var finished: [WordDiff.Run] {
    var list = self
    list.endChange()
    list.append(.same, list.same)
    return list.runs
  }

  private mutating func endChange() {
    guard !removed.isEmpty || !inserted.isEmpty else { return }
    append(.same, same)
    append(.removed, removed)
    append(.inserted, inserted)
    (same, removed, inserted) = ("", "", "")
  }

  private mutating func append(_ kind: WordDiff.Kind, _ text: String) {
    if !text.isEmpty { runs.append(WordDiff.Run(kind: kind, text: text)) }
  }
}
