extension TextTable {
  /// The table in Markdown, as TensorBoard shows it.
  ///
  /// Cells are shown as they are: what Markdown or HTML would take for a sign of theirs is written
  /// as a character reference, since prompts are full of these.
  ///
  /// - Parameter cellLimit: Characters of a cell that are shown; of a longer one the beginning,
  ///   with "…" at its end.
  /// - Precondition: `cellLimit` is positive.
  public func markdown(cellLimit: Int) -> String {
    precondition(cellLimit > 0, "markdown: cells of \(cellLimit) characters")
    let rules = columns.map { $0.alignment == .left ? ":---" : "---:" }
    let cells = ([columns.map(\.title)] + rows).map { row in
      row.map { markdownCell($0, limit: cellLimit) }
    }
    return (cells.prefix(1) + [rules] + cells.dropFirst())
      .map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
  }
}

private func markdownCell(_ text: String, limit: Int) -> String {
  let shown = text.count <= limit ? text : text.prefix(limit - 1) + "…"
  return shown.unicodeScalars.map { scalar in
    "\\`*_[]<>|&~".unicodeScalars.contains(scalar) ? "&#\(scalar.value);" : String(scalar)
  }.joined()
}
