import Yams

/// A YAML mapping: typed access by key, with errors that name file, line and key.
///
/// Scalars are read as written: the label `0` or `no` is the string "0" or "no".
struct YAMLMapping {
  let file: String
  private let mapping: Node.Mapping

  /// Parses a whole file, which must be a mapping.
  init(_ text: String, file: String) throws(TaskError) {
    let node: Node?
    do { node = try Yams.compose(yaml: text) } catch {
      throw malformed(error, file: file)
    }
    guard let mapping = node?.mapping else {
      throw .malformed(file: file, line: nil, reason: "not a YAML mapping")
    }
    self.init(mapping, file: file)
  }

  private init(_ mapping: Node.Mapping, file: String) {
    self.mapping = mapping
    self.file = file
  }

  /// The mapping's own line.
  var line: Int { mapping.mark?.line ?? 1 }

  /// The values that are mappings themselves, in the order of the file.
  var mappings: [YAMLMapping] {
    mapping.compactMap { $0.value.mapping.map { YAMLMapping($0, file: file) } }
  }

  /// Refuses a key that is not among `keys`.
  func check(keys: [String]) throws(TaskError) {
    for key in mapping.keys {
      let name = key.string ?? ""
      guard !keys.contains(name) else { continue }
      throw .unknownKey(
        file: file, line: key.mark?.line ?? line, key: name,
        nearest: nearestName(to: name, among: keys))
    }
  }

  /// The text of a scalar; nil where the key is absent or null.
  func string(_ key: String) throws(TaskError) -> String? {
    guard let node = mapping[key], node.null == nil else { return nil }
    guard let scalar = node.scalar else { throw wrongType(key, node, "a string") }
    return scalar.string
  }

  func requiredString(_ key: String) throws(TaskError) -> String {
    guard let value = try string(key) else {
      throw .missingKey(file: file, line: nil, key: key)
    }
    return value
  }

  /// The texts of a list of scalars; nil where the key is absent or null.
  func strings(_ key: String) throws(TaskError) -> [String]? {
    guard let node = mapping[key], node.null == nil else { return nil }
    let items = node.sequence.map { $0.map(\.scalar) } ?? [nil]
    let texts = items.compactMap { $0?.string }
    guard texts.count == items.count else { throw wrongType(key, node, "a list of strings") }
    return texts
  }

  /// Whether there is a mapping under `key`.
  func isMapping(_ key: String) -> Bool { mapping[key]?.mapping != nil }

  /// The mapping under `key`; nil where the key is absent or null.
  func nested(_ key: String) throws(TaskError) -> YAMLMapping? {
    guard let node = mapping[key], node.null == nil else { return nil }
    guard let nested = node.mapping else { throw wrongType(key, node, "a mapping") }
    return YAMLMapping(nested, file: file)
  }

  /// The case that a required string names.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String
  ) throws(TaskError) -> Choice where Choice.RawValue == String {
    let name = try requiredString(key)
    guard let choice = Choice(rawValue: name) else {
      throw .invalidValue(
        file: file, line: mapping[key]?.mark?.line ?? line, key: key, found: name,
        allowed: Choice.allCases.map(\.rawValue))
    }
    return choice
  }

  private func wrongType(_ key: String, _ node: Node, _ expected: String) -> TaskError {
    .wrongType(file: file, line: node.mark?.line ?? line, key: key, expected: expected)
  }
}

/// What the parser says, as an error of this target.
private func malformed(_ error: any Error, file: String) -> TaskError {
  switch error as? YamlError {
  case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
    .composer(_, let problem, let mark, _):
    .malformed(file: file, line: mark.line, reason: problem)
  case .duplicatedKeysInMapping(let keys, let context):
    .malformed(
      file: file, line: context.mark.line,
      reason: "a key that is there twice: \(keys.sorted().joined(separator: ", "))")
  default:
    .malformed(file: file, line: nil, reason: "not YAML")
  }
}
