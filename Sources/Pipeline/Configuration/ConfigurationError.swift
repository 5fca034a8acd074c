/// Why a configuration cannot be used. File, line and key are in every case that has them.
public enum ConfigurationError: Error, Equatable, Sendable {
  /// The file cannot be read.
  case unreadable(file: String, reason: String)
  /// The file is not YAML.
  case syntax(file: String, line: Int?, problem: String)
  /// A map has a key twice; `line` is that of one of the two.
  case duplicateKey(file: String, line: Int, key: String)
  /// A key is no plain text.
  case keyNotText(file: String, line: Int)
  /// The file holds a list or a single value at its root.
  case notAMap(file: String)
  /// `extends` is no file name.
  case extendsNotText(file: String)
  /// Files extend each other in a circle; the first is also the last.
  case cycle(files: [String])
  /// An override is not of the form `key.path=value`, or its value is not YAML.
  case malformedOverride(String)
  /// An override goes through a value that has no keys.
  case overrideBelowValue(override: String, path: String)
  /// A key that nothing reads.
  case unknownKey(path: String, source: ConfigurationSource, nearest: String?)
  /// A key that must be there is not; `similar` is a key beside its place that may be meant.
  case missingKey(path: String, source: ConfigurationSource, similar: String?)
  /// A value of the wrong type.
  case wrongType(path: String, source: ConfigurationSource, expected: String, found: String)
  /// A value of the right type that is not allowed.
  case invalidValue(path: String, source: ConfigurationSource, reason: String)
  /// A value that fits its type, but not its use.
  case invalid(key: String, reason: String)
  /// The configuration cannot be written out.
  case notEncodable(reason: String)
}

/// Where a value was written.
public enum ConfigurationSource: Equatable, Sendable, CustomStringConvertible {
  /// A file, and the line in it, counted from 1.
  case file(String, line: Int)
  /// An override on the command line, as it was given.
  case override(String)

  /// As in "base.yaml, line 3".
  public var description: String {
    switch self {
    case .file(let name, let line): "\(name), line \(line)"
    case .override(let text): "--set \(text)"
    }
  }
}

extension ConfigurationError: CustomStringConvertible {
  /// One sentence for the person who ran the command.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "cannot read the configuration \(file): \(reason)"
    case .syntax(let file, let line, let problem):
      "\(file)\(line.map { ", line \($0)" } ?? "") is not YAML: \(problem)"
    case .duplicateKey(let file, let line, let key):
      "key '\(key)' occurs twice in one map (\(file), line \(line))"
    case .keyNotText(let file, let line):
      "a key at \(file), line \(line) is not a plain text"
    case .notAMap(let file):
      "\(file) holds no map of keys and values"
    case .extendsNotText(let file):
      "'extends' in \(file) is not the name of one file"
    case .cycle(let files):
      "configurations extend each other in a circle: \(files.joined(separator: " -> "))"
    case .malformedOverride(let text):
      "--set \(text) is not of the form key.path=value with a value in YAML"
    case .overrideBelowValue(let override, let path):
      "--set \(override): '\(path)' is a single value and has no keys"
    case .unknownKey(let path, let source, let nearest):
      "unknown key '\(path)' (\(source))\(nearest.map { "; did you mean '\($0)'?" } ?? "")"
    case .missingKey(let path, let source, let similar):
      "key '\(path)' is missing (\(source))\(similar.map { "; is it meant by '\($0)'?" } ?? "")"
    case .wrongType(let path, let source, let expected, let found):
      "'\(path)' must be \(expected), not \(found) (\(source))"
    case .invalidValue(let path, let source, let reason):
      "'\(path)' has a value that is not allowed (\(source)): \(reason)"
    case .invalid(let key, let reason):
      "key '\(key)' \(reason)"
    case .notEncodable(let reason):
      "the configuration cannot be written out: \(reason)"
    }
  }
}
