/// Follows a text and counts equal braces in a row.
struct BraceRun {
  /// Braces at the end of the text.
  private(set) var length = 0
  private var last: Unicode.Scalar?

  /// The longest run that a rewrite of a prompt may have: as in the prompt, or of a placeholder.
  static func limit(for prompt: String) -> Int {
    max(2, longest(in: prompt))
  }

  /// The longest run in a text.
  static func longest(in text: String) -> Int {
    var run = BraceRun()
    return text.unicodeScalars.reduce(0) { longest, scalar in
      run.append(scalar)
      return max(longest, run.length)
    }
  }

  /// Follows one more character.
  mutating func append(_ scalar: Unicode.Scalar) {
    let isBrace = scalar == "{" || scalar == "}"
    length = isBrace ? (scalar == last ? length + 1 : 1) : 0
    last = scalar
  }
}
