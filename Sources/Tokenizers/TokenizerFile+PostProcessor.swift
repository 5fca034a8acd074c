extension TokenizerFile {
  /// The most processors, steps, special tokens and ids of one, and tokens before a text. Files of
  /// use have one or two.
  private static let largestTemplate = 64

  /// What a template puts before a text. What it would put behind one is refused: nobody who
  /// completes a text can have that.
  func prefixTokens(_ field: JSONField) throws(TokenizerError) -> [Int32] {
    if field.isNull { return [] }
    let type = try field.member("type")
    switch try type.string() {
    case "ByteLevel": return []
    case "Sequence":
      var tokens: [Int32] = []
      for step in try fewElements(field.member("processors")) {
        tokens = try prefixTokens(step) + tokens
        try check(tokens.count, of: field)
      }
      return tokens
    case "TemplateProcessing": return try prefixTokens(template: field)
    default: throw JSONField(file: field.file, path: field.path, value: type.value).unsupported
    }
  }

  private func prefixTokens(template field: JSONField) throws(TokenizerError) -> [Int32] {
    let known = try field.member("special_tokens")
    try check(known.members().count, of: known)
    var tokens: [Int32] = []
    var hasText = false
    for step in try fewElements(field.member("single")) {
      let special = try step.member("SpecialToken")
      guard !special.isNull else {
        guard !hasText, try step.member("Sequence").member("id").string() == "A" else {
          throw step.unsupported
        }
        hasText = true
        continue
      }
      guard !hasText else { throw step.unsupported }
      let ids = try known.member(special.member("id").string()).member("ids")
      for id in try fewElements(ids) {
        guard let number = try Int32(exactly: id.integer()) else {
          throw id.malformed("is out of range")
        }
        tokens.append(number)
      }
    }
    try check(tokens.count, of: field)
    guard hasText else { throw try field.member("single").unsupported }
    return tokens
  }

  private func fewElements(_ field: JSONField) throws(TokenizerError) -> [JSONField] {
    let elements = try field.elements()
    try check(elements.count, of: field)
    return elements
  }

  private func check(_ count: Int, of field: JSONField) throws(TokenizerError) {
    guard count <= Self.largestTemplate else {
      throw .tooLarge(
        file: field.file, field: String(field.path.prefix(80)), size: count,
        limit: Self.largestTemplate)
    }
  }
}
