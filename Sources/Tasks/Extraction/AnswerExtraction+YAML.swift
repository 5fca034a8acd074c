import Yams

extension YAMLMapping {
  /// How answers are taken out of texts; nil where the key is absent or null.
  func extraction(_ key: String) throws(TaskError) -> AnswerExtraction? {
    guard isMapping(key), let nested = try nested(key) else {
      guard try string(key) != nil else { return nil }
      let word: AnswerExtraction.Word = try choice(key)
      return word.extraction
    }
    let keys = AnswerExtraction.PatternKey.allCases
    try nested.check(keys: keys.map(\.rawValue))
    var found: [AnswerExtraction] = []
    for key in keys {
      guard let source = try nested.string(key.rawValue) else { continue }
      do { found.append(key.extraction(try AnswerPattern(source))) } catch {
        throw .malformed(
          file: file, line: nested.line, reason: "'\(key.rawValue)' \(error.description)")
      }
    }
    guard let extraction = found.first, found.count == 1 else {
      throw .malformed(
        file: file, line: nested.line,
        reason: "'\(key)' needs one of \(keys.map(\.rawValue).joined(separator: ", "))")
    }
    return extraction
  }
}

extension AnswerExtraction {
  /// As it stands in `task.yaml`.
  var node: Node {
    switch written {
    case .word(let word): Node(word.rawValue)
    case .pattern(let key, let pattern):
      [
        Node(key.rawValue): .scalar(Node.Scalar(pattern.source, Tag(.str), .doubleQuoted))
      ] as Node
    }
  }
}
