import Foundation
import Yams

/// A YAML document in which every value knows where it was written, also after documents were
/// merged.
struct ConfigurationTree {
  enum Content {
    case map([(key: String, value: ConfigurationTree)])
    case list([ConfigurationTree])
    case scalar(Node.Scalar)
  }

  var content: Content
  var source: ConfigurationSource

  /// Reads a document; `name` stands for it in errors.
  init(yaml: String, file name: String) throws(ConfigurationError) {
    let node: Node?
    do {
      node = try Yams.compose(yaml: yaml)
    } catch {
      throw ConfigurationError(error, file: name)
    }
    try self.init(node ?? Node([(Node, Node)]()), place: { .file(name, line: $0) }, file: name)
  }

  /// Reads the value of an override.
  init(override: String, value: String) throws(ConfigurationError) {
    guard let node = try? Yams.compose(yaml: value) ?? Node("", Tag(.null), .plain) else {
      // Text that is no YAML, such as one with ": " in it, must be quoted.
      throw .malformedOverride(override)
    }
    try self.init(node, place: { _ in .override(override) }, file: "--set \(override)")
  }

  private init(
    _ node: Node, place: (Int) -> ConfigurationSource, file: String
  ) throws(ConfigurationError) {
    let line = node.mark?.line ?? 1
    source = place(line)
    switch node {
    case .scalar(let scalar):
      content = .scalar(scalar)
    case .sequence(let sequence):
      var values: [ConfigurationTree] = []
      for value in sequence { values.append(try Self(value, place: place, file: file)) }
      content = .list(values)
    case .mapping(let mapping):
      var entries: [(key: String, value: ConfigurationTree)] = []
      for (key, value) in mapping {
        guard let name = key.scalar?.string else { throw .keyNotText(file: file, line: line) }
        // Yams compares keys with their types: 1 and "1" are two keys to it.
        guard !entries.contains(where: { $0.key == name }) else {
          throw .duplicateKey(file: file, line: key.mark?.line ?? line, key: name)
        }
        entries.append((name, try Self(value, place: place, file: file)))
      }
      content = .map(entries)
    case .alias:
      throw .syntax(file: file, line: line, problem: "an alias without its anchor")
    }
  }

  /// The same document for Yams to decode.
  var node: Node {
    switch content {
    case .map(let entries): Node(entries.map { (Node($0.key), $0.value.node) })
    case .list(let values): Node(values.map(\.node))
    case .scalar(let scalar): .scalar(scalar)
    }
  }

  /// The keys of a map; none of anything else.
  var keys: [String] {
    if case .map(let entries) = content { entries.map(\.key) } else { [] }
  }

  var isNull: Bool { node.null != nil }

  /// The value of a key of a map, or at a place in a list. Setting nil removes the key; setting a
  /// new key adds it at the end. Places in a list can be replaced only.
  subscript(key: String) -> ConfigurationTree? {
    get {
      switch content {
      case .map(let entries): entries.first { $0.key == key }?.value
      case .list(let values): Int(key).flatMap { values.indices.contains($0) ? values[$0] : nil }
      case .scalar: nil
      }
    }
    set {
      switch content {
      case .map(var entries):
        let index = entries.firstIndex { $0.key == key }
        switch (index, newValue) {
        case (let index?, let value?): entries[index].value = value
        case (let index?, nil): entries.remove(at: index)
        case (nil, let value?): entries.append((key, value))
        case (nil, nil): break
        }
        content = .map(entries)
      case .list(var values):
        guard let index = Int(key), values.indices.contains(index), let newValue else { return }
        values[index] = newValue
        content = .list(values)
      case .scalar: break
      }
    }
  }

  /// The value at a path, or the deepest one on the way to it.
  func deepest(along path: [String]) -> ConfigurationTree {
    guard let key = path.first, let next = self[key] else { return self }
    return next.deepest(along: Array(path.dropFirst()))
  }

  /// This document with the keys of `other` over it: maps merge, anything else is replaced.
  func overlaid(with other: ConfigurationTree) -> ConfigurationTree {
    guard case .map = content, case .map(let entries) = other.content else { return other }
    var merged = self
    merged.source = other.source
    for (key, value) in entries { merged[key] = self[key]?.overlaid(with: value) ?? value }
    return merged
  }

  /// Sets the value at `path`, making maps on the way; the first `depth` keys lead to this tree.
  mutating func set(
    _ value: ConfigurationTree, at path: [String], depth: Int = 0, override: String
  ) throws(ConfigurationError) {
    guard depth < path.count else {
      self = value
      return
    }
    let key = path[depth]
    switch content {
    case .scalar where isNull: content = .map([])
    case .scalar:
      let parent = path.prefix(depth).joined(separator: ".")
      throw .overrideBelowValue(override: override, path: parent)
    case .list where self[key] == nil:
      let place = path.prefix(depth + 1).joined(separator: ".")
      throw .unknownKey(path: place, source: .override(override), nearest: nil)
    case .list, .map: break
    }
    var child = self[key] ?? ConfigurationTree(content: .map([]), source: value.source)
    try child.set(value, at: path, depth: depth + 1, override: override)
    self[key] = child
  }

  private init(content: Content, source: ConfigurationSource) {
    (self.content, self.source) = (content, source)
  }
}
