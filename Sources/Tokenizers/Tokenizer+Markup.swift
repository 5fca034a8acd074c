extension Tokenizer {
  /// Token ids of a text that spells out structure: added and special tokens in it become their
  /// ids, as Hugging Face's `encode(text, add_special_tokens=False)` does, but that U+FDD0, the mark
  /// of `shielded(_:)`, is dropped.
  ///
  /// Text from outside belongs through `shielded(_:)` before it is put into markup.
  public func encode(markup text: String) -> [Int32] {
    let (bytes, pieces) = markup.split(text)
    var encoder = WordEncoder(vocabulary: vocabulary, byteCount: bytes.count)
    for piece in pieces {
      switch piece {
      case .token(let id): encoder.append(id)
      case .text(let range): encode(range, of: bytes.span, with: &encoder)
      }
    }
    return encoder.ids
  }

  /// `text` such that `encode(markup:)` takes nothing in it for markup: the noncharacter U+FDD0
  /// stands before each added token that it spells. Encoding drops the mark again, so that the ids
  /// are those of `encode(_:)`. A U+FDD0 that was there before is dropped at once.
  public func shielded(_ text: String) -> String { markup.shielded(text) }
}
