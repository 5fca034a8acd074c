import Tokenizers

/// The tokens of a vocabulary in the order of their bytes, so that what many begin with is looked at
/// once.
package struct VocabularyTrie: Sendable {
  private struct Entry: Sendable {
    let token: Int32
    let bytes: [UInt8]
    /// How many bytes it begins with that the entry before it begins with too.
    let shared: Int
  }

  private let entries: [Entry]

  /// All tokens that have bytes.
  package init(_ tokenizer: Tokenizer) {
    let ordered = (0..<Int32(tokenizer.vocabularySize))
      .map { (token: $0, bytes: tokenizer.bytes(of: $0)) }.filter { !$0.bytes.isEmpty }
      .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    entries = ordered.indices.map { index in
      let (token, bytes) = ordered[index]
      let before = index == 0 ? [] : ordered[index - 1].bytes
      return Entry(
        token: token, bytes: bytes, shared: zip(before, bytes).prefix { $0 == $1 }.count)
    }
  }

  /// The tokens all of whose bytes are accepted, in rising order.
  ///
  /// - Parameters:
  ///   - start: The state before a token.
  ///   - accept: Moves a state over one byte; false where that byte is refused.
  package func tokens<State>(
    from start: State, accept: (inout State, UInt8) -> Bool
  ) -> [Int32] {
    var found: [Int32] = []
    // The state after each beginning of the entry at hand, up to the byte that was refused.
    var states = [start]
    var accepted = Int.max
    for entry in entries {
      // It begins with what was refused.
      if entry.shared > accepted { continue }
      accepted = .max
      states.removeSubrange((entry.shared + 1)...)
      for depth in entry.shared..<entry.bytes.count {
        var state = states[depth]
        guard accept(&state, entry.bytes[depth]) else {
          accepted = depth
          break
        }
        states.append(state)
      }
      if accepted == .max { found.append(entry.token) }
    }
    return found.sorted()
  }
}
