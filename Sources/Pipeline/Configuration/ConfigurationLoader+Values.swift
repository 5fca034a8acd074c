extension ConfigurationLoader {
  /// Every single value of a configuration as text, by its path: keys joined by dots, places in lists
  /// as numbers from 0.
  ///
  /// - Throws: ``ConfigurationError/notEncodable(reason:)``.
  package static func values(of value: some Encodable) throws(ConfigurationError) -> [String:
    String]
  {
    // JSON is YAML, and has a Float's shortest digits; the YAML encoder writes it as a Double.
    try ConfigurationTree(yaml: resolvedJSON(value), file: "configuration").values(below: [])
  }
}

extension ConfigurationTree {
  fileprivate func values(below path: [String]) -> [String: String] {
    let children: [(key: String, value: ConfigurationTree)]
    switch content {
    case .scalar(let scalar): return [path.joined(separator: "."): scalar.string]
    case .map(let entries): children = entries
    case .list(let values): children = values.enumerated().map { ("\($0)", $1) }
    }
    return children.reduce(into: [:]) { result, child in
      result.merge(child.value.values(below: path + [child.key])) { $1 }
    }
  }
}
