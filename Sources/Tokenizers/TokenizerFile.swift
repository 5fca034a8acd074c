/// The parts of a `tokenizer.json` that decide about ids.
///
/// Fields that only move character offsets are not read. A field that would change ids in a way
/// that is not supported is refused by its name.
struct TokenizerFile {
  private let root: JSONField

  init(_ root: JSONField) { self.root = root }

  /// The tokenizer that the file describes; what it says is not yet checked against itself.
  func parts() throws(TokenizerError) -> TokenizerParts {
    for key in ["truncation", "padding"] {
      let field = try root.member(key)
      guard field.isNull else { throw field.unsupported }
    }
    try checkDecoder()
    let model = try root.member("model")
    try model.require()
    try checkModel(model)
    let added = try root.member("added_tokens").elements().map(addedToken)
    let texts = try texts(model.member("vocab"), added)
    return TokenizerParts(
      texts: texts, merges: try merges(model.member("merges")), added: added,
      preTokenizer: try preTokenizer(root.member("pre_tokenizer")),
      normalizesNFC: try normalizesNFC(root.member("normalizer")),
      ignoresMerges: try model.member("ignore_merges").bool(false),
      prefixTokens: try prefixTokens(root.member("post_processor")))
  }
}

// MARK: Model

extension TokenizerFile {
  private func checkModel(_ model: JSONField) throws(TokenizerError) {
    // Absent from the oldest files, which were all byte-pair encodings.
    let type = try model.member("type")
    guard try type.optionalString() ?? "BPE" == "BPE" else { throw type.unsupported }
    for key in ["unk_token", "continuing_subword_prefix", "end_of_word_suffix"] {
      let field = try model.member(key)
      let text = try field.optionalString()
      guard text == nil || (text == "" && key != "unk_token") else { throw field.unsupported }
    }
    let fallback = try model.member("byte_fallback")
    if try fallback.bool(false) { throw fallback.unsupported }
    let dropout = try model.member("dropout")
    switch dropout.value {
    case nil, .null, .integer(0), .number(0): break
    default: throw dropout.unsupported
    }
  }

  private func addedToken(_ field: JSONField) throws(TokenizerError) -> AddedToken {
    let id = try field.member("id")
    guard let number = try Int32(exactly: id.integer()) else {
      throw id.malformed("is out of range")
    }
    let isSpecial = try field.member("special").bool(false)
    return AddedToken(
      id: number, content: try field.member("content").string(), isSpecial: isSpecial,
      stripsLeft: try field.member("lstrip").bool(false),
      stripsRight: try field.member("rstrip").bool(false),
      isSingleWord: try field.member("single_word").bool(false),
      isNormalized: try field.member("normalized").bool(!isSpecial))
  }

  /// Tokens by id; ids must be complete and unique.
  private func texts(
    _ field: JSONField, _ added: [AddedToken]
  ) throws(TokenizerError) -> [String] {
    try field.require()
    let vocabulary = try field.members()
    var slots = [String?](repeating: nil, count: vocabulary.count + added.count)
    for (text, value) in vocabulary {
      guard case .integer(let id) = value else {
        throw .malformed(
          file: field.file, field: "model.vocab.\(text.prefix(40))", reason: "has the wrong type")
      }
      guard slots.indices.contains(id), slots[id] == nil else { throw incomplete(field) }
      slots[id] = text
    }
    for (index, token) in added.enumerated() {
      let id = Int(token.id)
      guard slots.indices.contains(id), slots[id] == nil || slots[id] == token.content else {
        throw .malformed(
          file: field.file, field: "added_tokens.\(index).id",
          reason: "is \(id), which does not fit the vocabulary")
      }
      slots[id] = token.content
    }
    let count = slots.lastIndex { $0 != nil }.map { $0 + 1 } ?? 0
    let texts = slots.prefix(count).compactMap { $0 }
    guard texts.count == count else { throw incomplete(field) }
    return texts
  }

  private func incomplete(_ field: JSONField) -> TokenizerError {
    field.malformed("has ids that are missing, out of range or there twice")
  }

  /// Merges, each as `"a b"` or `["a", "b"]`.
  private func merges(
    _ field: JSONField
  ) throws(TokenizerError) -> [(left: String, right: String)] {
    try field.require()
    guard case .array(let values) = field.value else { throw field.malformed("has the wrong type") }
    var merges: [(left: String, right: String)] = []
    merges.reserveCapacity(values.count)
    for (rank, value) in values.enumerated() {
      switch value {
      case .string(let text):
        let utf8 = text.utf8
        if let space = utf8.firstIndex(of: UInt8(ascii: " ")) {
          merges.append(
            (String(text[..<space]), String(text[utf8.index(after: space)...])))
          continue
        }
      case .array(let sides):
        if sides.count == 2, case .string(let left) = sides[0], case .string(let right) = sides[1] {
          merges.append((left, right))
          continue
        }
      default: break
      }
      throw .malformed(
        file: field.file, field: "model.merges.\(rank)",
        reason: "does not join two tokens into a third")
    }
    return merges
  }
}

// MARK: What surrounds the model

extension TokenizerFile {
  private func normalizesNFC(_ field: JSONField) throws(TokenizerError) -> Bool {
    if field.isNull { return false }
    let type = try field.member("type")
    switch try type.string() {
    case "NFC": return true
    case "Sequence":
      var result = false
      for step in try field.member("normalizers").elements() {
        result = try normalizesNFC(step) || result
      }
      return result
    default: throw JSONField(file: field.file, path: field.path, value: type.value).unsupported
    }
  }

  private func preTokenizer(_ field: JSONField) throws(TokenizerError) -> PreTokenizer {
    guard !field.isNull else { throw field.unsupported }
    let steps =
      try type(of: field) == "Sequence"
      ? field.member("pretokenizers").elements() : [field]
    guard let last = steps.last else { throw field.unsupported }
    try checkByteLevel(last)
    let regex = try last.member("use_regex")
    let usesRegex = try regex.bool(true)
    guard steps.count == 2 else {
      guard steps.count == 1 else { throw field.unsupported }
      guard usesRegex else { throw regex.unsupported }
      return .gpt2
    }
    switch try type(of: steps[0]) {
    case "Digits":
      let individual = try steps[0].member("individual_digits")
      guard try individual.bool(false) else { throw individual.unsupported }
      guard usesRegex else { throw regex.unsupported }
      return .smolLM
    case "Split":
      guard !usesRegex else { throw regex.unsupported }
      return try splitRule(steps[0])
    default: throw try steps[0].member("type").unsupported
    }
  }

  private func checkByteLevel(_ field: JSONField) throws(TokenizerError) {
    guard try type(of: field) == "ByteLevel" else {
      throw JSONField(
        file: field.file, path: field.path, value: try field.member("type").value
      ).unsupported
    }
    let prefix = try field.member("add_prefix_space")
    if try prefix.bool(true) { throw prefix.unsupported }
  }

  private func splitRule(_ field: JSONField) throws(TokenizerError) -> PreTokenizer {
    let behavior = try field.member("behavior")
    guard try behavior.string() == "Isolated" else { throw behavior.unsupported }
    let invert = try field.member("invert")
    if try invert.bool(false) { throw invert.unsupported }
    let pattern = try field.member("pattern").member("Regex")
    let text = try pattern.string()
    guard let rule = PreTokenizer.allCases.first(where: { $0.splitPattern == text }) else {
      throw pattern.unsupported
    }
    return rule
  }

  private func checkDecoder() throws(TokenizerError) {
    let field = try root.member("decoder")
    guard !field.isNull else { throw field.unsupported }
    let steps = try type(of: field) == "Sequence" ? field.member("decoders").elements() : [field]
    guard steps.count == 1, try type(of: steps[0]) == "ByteLevel" else {
      throw JSONField(
        file: field.file, path: field.path, value: try field.member("type").value
      ).unsupported
    }
  }

  private func type(of field: JSONField) throws(TokenizerError) -> String {
    try field.member("type").string()
  }
}
