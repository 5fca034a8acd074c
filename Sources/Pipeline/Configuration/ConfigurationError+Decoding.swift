import Foundation
import Tasks
import Yams

extension ConfigurationError {
  /// An error of the YAML parser, in our words and without the text of the file.
  init(_ error: any Error, file: String) {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      self = .syntax(file: file, line: mark.line, problem: problem)
    case .duplicatedKeysInMapping(let duplicates, let context):
      let key = duplicates.sorted().joined(separator: "', '")
      self = .duplicateKey(file: file, line: context.mark.line, key: key)
    case .reader(let problem, _, _, _):
      self = .syntax(file: file, line: nil, problem: problem)
    default:
      self = .syntax(file: file, line: nil, problem: String(describing: error))
    }
  }

  /// An error of decoding `tree`: which key, where it was written, what was expected and found.
  init(_ error: DecodingError, in tree: ConfigurationTree) {
    switch error {
    case .keyNotFound(let key, let context):
      let parent = tree.deepest(along: context.codingPath.map(\.name))
      self = .missingKey(
        path: Self.join(context.codingPath + [key]), source: parent.source,
        similar: nearestName(to: key.stringValue, among: parent.keys))
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      let value = tree.deepest(along: context.codingPath.map(\.name))
      self = .wrongType(
        path: Self.join(context.codingPath), source: value.source, expected: Self.words(for: type),
        found: value.kindInWords)
    case .dataCorrupted(let context):
      let value = tree.deepest(along: context.codingPath.map(\.name))
      self = .invalidValue(
        path: Self.join(context.codingPath), source: value.source, reason: context.debugDescription)
    @unknown default:
      self = .invalidValue(path: "", source: tree.source, reason: String(describing: error))
    }
  }

  private static func join(_ path: [any CodingKey]) -> String {
    path.isEmpty ? "the whole file" : path.map(\.name).joined(separator: ".")
  }

  private static func words(for type: Any.Type) -> String {
    switch type {
    case is Bool.Type: "true or false"
    case is any BinaryInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    case is String.Type, is Node.Scalar.Type: "a single value"
    case is Node.Sequence.Type: "a list"
    case is Node.Mapping.Type: "a map of keys and values"
    default: "a value of type \(type)"
    }
  }
}

extension CodingKey {
  /// As in an override: elements of lists by their number.
  fileprivate var name: String { intValue.map(String.init) ?? stringValue }
}

extension ConfigurationTree {
  /// What a person sees in the file. Long texts are cut.
  fileprivate var kindInWords: String {
    switch content {
    case .map: "a map of keys and values"
    case .list: "a list"
    case .scalar where isNull: "nothing"
    case .scalar(let scalar):
      scalar.string.count > 40 ? "'\(scalar.string.prefix(40))…'" : "'\(scalar.string)'"
    }
  }
}
