/// Text for a terminal, with styles that the program chose and nothing else that a terminal would
/// obey: text from prompts and models gets in through `visible(_:onOneLine:)` only.
public struct TerminalText: Sendable, Equatable {
  /// How a piece of text looks. Without colours the words of a diff stand between marks, as in
  /// `git diff --word-diff`; other styles then leave no trace.
  public enum Style: Sendable, Equatable {
    /// As it is.
    case plain
    /// Headings and what matters most.
    case strong
    /// What may be overlooked.
    case faint
    /// Words that a revision put in: green, or `{+word+}`.
    case inserted
    /// Words that a revision took out: red and struck through, or `[-word-]`.
    case removed
    /// What went well.
    case good
    /// What did not.
    case bad
  }

  private struct Piece: Sendable, Equatable {
    let text: String
    let style: Style
  }

  private var pieces: [Piece]

  /// A piece of text in one style.
  ///
  /// - Parameter onOneLine: Whether line breaks become `↵`.
  public init(_ text: String, _ style: Style = .plain, onOneLine: Bool = true) {
    let text = visible(text, onOneLine: onOneLine)
    pieces = text.isEmpty ? [] : [Piece(text: text, style: style)]
  }

  /// One text after another.
  public static func + (left: TerminalText, right: TerminalText) -> TerminalText {
    var both = left
    both.pieces += right.pieces
    return both
  }

  /// One text after another.
  public static func += (left: inout TerminalText, right: TerminalText) {
    left.pieces += right.pieces
  }

  /// The text as it is written.
  ///
  /// - Parameter inColor: Whether styles become escape sequences; see `wantsColor(isTerminal:_:)`.
  public func rendered(inColor: Bool) -> String {
    pieces.map { inColor ? Self.colored($0) : Self.marked($0) }.joined()
  }

  /// Whether output gets colours: on a terminal, unless `NO_COLOR` is set or the terminal is dumb;
  /// elsewhere where `CLICOLOR_FORCE` is set. Empty variables, and a 0 in the latter, count as unset.
  ///
  /// Source: https://no-color.org, https://bixense.com/clicolors
  public static func wantsColor(isTerminal: Bool, _ environment: [String: String]) -> Bool {
    if environment["NO_COLOR"].map({ !$0.isEmpty }) ?? false { return false }
    if let forced = environment["CLICOLOR_FORCE"], !forced.isEmpty, forced != "0" { return true }
    return isTerminal && environment["TERM"] != "dumb"
  }

  private static func marked(_ piece: Piece) -> String {
    switch piece.style {
    case .inserted: "{+\(piece.text)+}"
    case .removed: "[-\(piece.text)-]"
    case .plain, .strong, .faint, .good, .bad: piece.text
    }
  }

  /// Select Graphic Rendition (ECMA-48, 8.3.117).
  private static func colored(_ piece: Piece) -> String {
    let code =
      switch piece.style {
      case .plain: ""
      case .strong: "1"
      case .faint: "2"
      case .inserted, .good: "32"
      case .removed: "31;9"
      case .bad: "31"
      }
    return code.isEmpty ? piece.text : "\u{1B}[\(code)m\(piece.text)\u{1B}[0m"
  }
}
