import Foundation
import Tasks
import Yams

/// Reads a configuration that is complete or refused: no defaults, no unknown keys.
///
/// A file may say `extends: other.yaml`, relative to itself; its own keys then go over those of the
/// other: maps merge key by key, lists and single values are replaced.
public enum ConfigurationLoader {
  /// The configuration in `file`, with `overrides` applied.
  ///
  /// Keys are checked by writing the decoded value out again: what was given and does not come
  /// back was not read by anything. A key whose value is null is let through, for an optional that
  /// is nil does not come back either.
  ///
  /// - Parameters:
  ///   - overrides: As `key.path=value`, the value in YAML; elements of lists by number from 0.
  /// - Throws: ``ConfigurationError``.
  public static func load<Value: Codable & Equatable & Sendable>(
    _ type: Value.Type, from file: URL, overrides: [String] = []
  ) throws(ConfigurationError) -> Value {
    var tree = try read(file, extendedBy: [])
    for override in overrides { try apply(override, to: &tree) }
    let value = try decode(type, from: tree, name: file.lastPathComponent)
    let known = try ConfigurationTree(yaml: resolvedYAML(value), file: file.lastPathComponent)
    try checkKeys(of: tree, known: known, path: [])
    return value
  }

  /// The complete configuration as JSON, the same text for the same value: keys are sorted.
  public static func resolvedJSON(_ value: some Encodable) throws(ConfigurationError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch {
      throw .notEncodable(reason: String(describing: error))
    }
  }

  /// The complete configuration as YAML, the same text for the same value: keys are sorted.
  public static func resolvedYAML(_ value: some Encodable) throws(ConfigurationError) -> String {
    let encoder = YAMLEncoder()
    encoder.options.sortKeys = true
    do {
      return try encoder.encode(value)
    } catch {
      throw .notEncodable(reason: String(describing: error))
    }
  }

  // MARK: - Reading

  private static func read(
    _ file: URL, extendedBy chain: [URL]
  ) throws(ConfigurationError) -> ConfigurationTree {
    let name = file.lastPathComponent
    let file = file.standardizedFileURL
    if let start = chain.firstIndex(of: file) {
      throw .cycle(files: (chain[start...] + [file]).map(\.lastPathComponent))
    }
    var tree = try ConfigurationTree(yaml: text(of: file), file: name)
    guard case .map = tree.content else { throw .notAMap(file: name) }
    guard let base = tree["extends"] else { return tree }
    guard case .scalar(let scalar) = base.content, !base.isNull, !scalar.string.isEmpty else {
      throw .extendsNotText(file: name)
    }
    tree["extends"] = nil
    let other = URL(filePath: scalar.string, relativeTo: file.deletingLastPathComponent())
    return try read(other, extendedBy: chain + [file]).overlaid(with: tree)
  }

  private static func text(of file: URL) throws(ConfigurationError) -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder) else {
      throw .unreadable(file: file.path, reason: "there is no such file")
    }
    guard !isFolder.boolValue else {
      throw .unreadable(file: file.path, reason: "it is a folder")
    }
    let data: Data
    do {
      data = try Data(contentsOf: file)
    } catch {
      throw .unreadable(file: file.path, reason: error.localizedDescription)
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw .unreadable(file: file.path, reason: "it is not text in UTF-8")
    }
    return text
  }

  private static func apply(
    _ override: String, to tree: inout ConfigurationTree
  ) throws(ConfigurationError) {
    guard let equals = override.firstIndex(of: "=") else { throw .malformedOverride(override) }
    let path = override[..<equals].split(separator: ".", omittingEmptySubsequences: false)
      .map(String.init)
    guard !path.contains("") else { throw .malformedOverride(override) }
    let value = try ConfigurationTree(
      override: override, value: String(override[override.index(after: equals)...]))
    try tree.set(value, at: path, override: override)
  }

  // MARK: - Checking

  private static func decode<Value: Decodable>(
    _ type: Value.Type, from tree: ConfigurationTree, name: String
  ) throws(ConfigurationError) -> Value {
    do {
      return try YAMLDecoder().decode(type, from: tree.node)
    } catch let error as DecodingError {
      throw ConfigurationError(error, in: tree)
    } catch {
      throw ConfigurationError(error, file: name)
    }
  }

  private static func checkKeys(
    of tree: ConfigurationTree, known: ConfigurationTree, path: [String]
  ) throws(ConfigurationError) {
    switch (tree.content, known.content) {
    case (.map(let entries), .map):
      for (key, value) in entries {
        if let other = known[key] {
          try checkKeys(of: value, known: other, path: path + [key])
        } else if !value.isNull {
          throw .unknownKey(
            path: (path + [key]).joined(separator: "."), source: value.source,
            nearest: nearestName(to: key, among: known.keys))
        }
      }
    case (.list(let values), .list(let others)) where values.count == others.count:
      for (index, (value, other)) in zip(values, others).enumerated() {
        try checkKeys(of: value, known: other, path: path + ["\(index)"])
      }
    default: break
    }
  }
}
