/// Finds tokens in a text by a tree of their spellings.
struct TokenFinder: Equatable, Sendable {
  private var tokens: [AddedToken] = []
  /// The node behind a node and a byte.
  private var children: [UInt64: Int] = [:]
  /// Index of the token that ends at a node.
  private var ends: [Int?] = [nil]
  /// Bytes that tokens start with.
  private var isFirst = [Bool](repeating: false, count: 256)

  /// Finds each token where its spelling is; of equal spellings the first token counts.
  init(_ spellings: [(token: AddedToken, spelling: String)]) {
    for (token, spelling) in spellings {
      var node = 0
      for byte in spelling.utf8 {
        if node == 0 { isFirst[Int(byte)] = true }
        node = child(of: node, for: byte)
      }
      if ends[node] == nil { ends[node] = tokens.count }
      tokens.append(token)
    }
  }

  /// Whether a token is spelled at `start`.
  func findsToken(in text: [UInt8], at start: Int) -> Bool { longest(in: text, at: start) != nil }

  /// The tokens of `text`, from left to right, and the text between them.
  func pieces(of text: [UInt8]) -> [MarkupSplitter.Piece] {
    var pieces: [MarkupSplitter.Piece] = []
    var (done, index) = (0, 0)
    while index < text.count {
      guard let (token, end) = longest(in: text, at: index),
        !MarkupSplitter.isShielded(text, at: index)
      else {
        index += 1
        continue
      }
      if token.isSingleWord, Self.isInWord(index..<end, of: text) {
        index = end
        continue
      }
      let start = token.stripsLeft ? Self.spaceStart(before: index, in: text, from: done) : index
      if done < start { pieces.append(.text(done..<start)) }
      pieces.append(.token(token.id))
      done = token.stripsRight ? Self.spaceEnd(behind: end, in: text) : end
      index = done
    }
    if done < text.count { pieces.append(.text(done..<text.count)) }
    return pieces
  }

  /// The longest token at `start`, and where it ends.
  private func longest(in text: [UInt8], at start: Int) -> (token: AddedToken, end: Int)? {
    guard isFirst[Int(text[start])] else { return nil }
    var (node, end) = (0, start)
    var found: (AddedToken, Int)?
    while end < text.count, let child = children[Self.key(node, text[end])] {
      (node, end) = (child, end + 1)
      if let index = ends[node] { found = (tokens[index], end) }
    }
    return found
  }

  private mutating func child(of node: Int, for byte: UInt8) -> Int {
    if let child = children[Self.key(node, byte)] { return child }
    children[Self.key(node, byte)] = ends.count
    ends.append(nil)
    return ends.count - 1
  }

  private static func key(_ node: Int, _ byte: UInt8) -> UInt64 { UInt64(node) << 8 | UInt64(byte) }
}

// MARK: What surrounds a token

extension TokenFinder {
  private static func isInWord(_ range: Range<Int>, of text: [UInt8]) -> Bool {
    scalar(before: range.lowerBound, in: text).map(isWord) ?? false
      || scalar(at: range.upperBound, in: text).map(isWord) ?? false
  }

  private static func spaceStart(before index: Int, in text: [UInt8], from first: Int) -> Int {
    var start = index
    while start > first, let scalar = scalar(before: start, in: text),
      scalar.properties.isWhitespace
    {
      start -= UTF8.width(scalar)
    }
    return start
  }

  private static func spaceEnd(behind index: Int, in text: [UInt8]) -> Int {
    var end = index
    while let scalar = scalar(at: end, in: text), scalar.properties.isWhitespace {
      end += UTF8.width(scalar)
    }
    return end
  }

  private static func scalar(at index: Int, in text: [UInt8]) -> Unicode.Scalar? {
    String(decoding: text[index...].prefix(4), as: UTF8.self).unicodeScalars.first
  }

  private static func scalar(before index: Int, in text: [UInt8]) -> Unicode.Scalar? {
    guard let start = text[..<index].lastIndex(where: { !UTF8.isContinuation($0) }) else {
      return nil
    }
    return scalar(at: start, in: text)
  }

  /// `\w` of regular expressions (Unicode Technical Standard 18, annex C).
  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: true
    default: scalar.properties.isAlphabetic || scalar.properties.isJoinControl
    }
  }
}
