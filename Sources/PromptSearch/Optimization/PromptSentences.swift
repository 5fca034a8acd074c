/// A prompt cut into sentences, without loss: the parts joined are the prompt, to the byte.
///
/// The layout is read first, line by line (`PromptLayout`): headings, tags, rules and fenced code stand
/// for themselves and are kept; every item of a list, every line with a placeholder and a cue at the
/// end is a part of its own. What remains is running text, which is cut after its sentences
/// (`SentenceEnds`). Where it is not clear, parts are left together: a revision of two sentences is
/// harmless, one of half a sentence is not.
///
/// All of it is ours (O): the paper cuts prompts into sentences and does not say how. Foundation's
/// `enumerateSubstrings(options: .bySentences)` is unavailable outside of Apple's systems, and knows
/// neither headings nor placeholders.
public struct PromptSentences: Equatable, Sendable {
  /// One part of a prompt with the whitespace after it.
  public struct Part: Equatable, Sendable {
    /// What a part is.
    public enum Role: String, Codable, Sendable {
      /// A sentence, an item of a list, a line with a placeholder, a cue: what may be revised.
      case sentence
      /// A heading: kept, never sampled.
      case heading
      /// A block of code or a rule line: kept, never sampled.
      case code
    }

    /// The text without the whitespace around it.
    public let text: String
    /// Whitespace before it (of the first part only) and after it.
    public let before, after: String
    /// What it is.
    public let role: Role
    /// Whether it may be sampled and revised.
    public var isEditable: Bool { role == .sentence }

    /// A part.
    public init(text: String, before: String = "", after: String, role: Role) {
      (self.text, self.before, self.after, self.role) = (text, before, after, role)
    }
  }

  /// The parts, in order.
  public let parts: [Part]

  /// Cuts a prompt, in time that grows with its length. One without anything but whitespace is one
  /// part without a text, which is not editable.
  public init(_ prompt: String) {
    let characters = Array(prompt)
    let pieces = PromptLayout(characters).pieces
    guard let first = pieces.first else {
      parts = prompt.isEmpty ? [] : [Part(text: "", before: prompt, after: "", role: .code)]
      return
    }
    let ends = pieces.dropFirst().map(\.range.lowerBound) + [characters.count]
    parts = zip(pieces, ends).map { piece, end in
      let isFirst = piece.range == first.range
      return Part(
        text: String(characters[piece.range]),
        before: isFirst ? String(characters[..<piece.range.lowerBound]) : "",
        after: String(characters[piece.range.upperBound..<end]), role: piece.role)
    }
  }

  /// The prompt.
  public var text: String { parts.map { $0.before + $0.text + $0.after }.joined() }

  /// Numbers of the parts that may be sampled.
  public var editable: [Int] { parts.indices.filter { parts[$0].isEditable } }

  /// The prompt with another text in the place of one part; the whitespace around it stays, and an
  /// empty text takes the part and the whitespace after it out.
  public func replacing(_ index: Int, with text: String) -> String {
    let part = parts[index]
    let middle = text.isEmpty ? part.before : part.before + text + part.after
    return parts[..<index].map { $0.before + $0.text + $0.after }.joined() + middle
      + parts[(index + 1)...].map { $0.before + $0.text + $0.after }.joined()
  }
}
