/// A token beside the vocabulary that merges make: a special one, or a piece of text that is kept
/// whole.
public struct AddedToken: Sendable, Equatable {
  /// Its id.
  public let id: Int32
  /// How it is spelled in markup.
  public let content: String
  /// Whether it stands for structure (end of text, start of a turn) and decodes to nothing.
  public let isSpecial: Bool
  /// Whether it takes the white space before it.
  public let stripsLeft: Bool
  /// Whether it takes the white space after it.
  public let stripsRight: Bool
  /// Whether it is left alone inside of a word.
  public let isSingleWord: Bool
  /// Whether it is looked for in the normalized text, and by its normalized content.
  public let isNormalized: Bool

  /// A token that takes no white space and is found in text as it is spelled.
  public init(
    id: Int32, content: String, isSpecial: Bool, stripsLeft: Bool = false,
    stripsRight: Bool = false, isSingleWord: Bool = false, isNormalized: Bool = false
  ) {
    (self.id, self.content, self.isSpecial) = (id, content, isSpecial)
    (self.stripsLeft, self.stripsRight) = (stripsLeft, stripsRight)
    (self.isSingleWord, self.isNormalized) = (isSingleWord, isNormalized)
  }
}
