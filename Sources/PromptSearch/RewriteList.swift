import Foundation

/// Reads the list of rewrites in a language model's answer, whatever form it has: a JSON list or
/// object, also a broken one; numbered lines; bullets; blocks with blank or ruled lines between.
///
/// What is plainly said about the list is left out. Other text that is no rewrite comes out as one,
/// for the filter to drop.
struct RewriteList {
  /// Longest answer that is read, in bytes.
  static let maximumBytes = 1 << 20

  /// The rewrites, not yet in their final form; none where the answer holds no list.
  let items: [String]

  /// Reads `answer`.
  ///
  /// - Parameter oneLine: Whether rewrites are of one line each, as the original is. Lines without
  ///   any mark are then rewrites of their own.
  init(_ answer: String, oneLine: Bool) {
    guard answer.utf8.count <= Self.maximumBytes else {
      items = []
      return
    }
    let lines = answer.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .filter { !$0.hasPrefix("```") }
    items = (jsonItems(lines) ?? listItems(lines) ?? blocks(lines, oneLine: oneLine))
      .filter { $0.contains { !$0.isWhitespace } }
  }
}

// MARK: JSON

/// The texts of the JSON list or object that begins at the start of a line, and not within a
/// numbered list; nil where none does.
private func jsonItems(_ lines: [Substring]) -> [String]? {
  guard
    let start = lines.firstIndex(where: { line in
      let text = line.drop(while: \.isWhitespace)
      return text.hasPrefix("[") || (text.hasPrefix("{") && !text.hasPrefix("{{"))
    }), !lines[..<start].contains(where: { numberedLine($0)?.number == 1 })
  else { return nil }
  let text = lines[start...].joined(separator: "\n")
  if let end = text.lastIndex(where: { $0 == "]" || $0 == "}" }),
    let value = try? JSONSerialization.jsonObject(with: Data(text[...end].utf8))
  {
    return rewrites(inJSON: value)
  }
  // "[Note] Rewrites:" begins no list of strings.
  let list = text.drop { $0 != "[" }.dropFirst()
  return list.drop(while: \.isWhitespace).hasPrefix("\"") ? brokenJSONItems(list) : nil
}

/// The strings of a list, and of each object its rewrite.
func rewrites(inJSON value: Any) -> [String] {
  switch value {
  case let text as String: return [text]
  case let list as [Any]: return list.flatMap(rewrites)
  case let object as [String: Any]:
    let known = ["prompt", "text", "rewrite", "rewritten"].compactMap { object[$0] as? String }
    return known.first.map { [$0] }
      ?? object.sorted { $0.key.localizedStandardCompare($1.key) == .orderedAscending }
      .flatMap { rewrites(inJSON: $0.value) }
  default: return []
  }
}

/// The complete strings of a list that is cut off, or whose strings hold line breaks or quotation
/// marks as they are.
private func brokenJSONItems(_ text: Substring) -> [String] {
  var items: [String] = []
  let characters = Array(text)
  var start: Int?
  var index = 0
  while index < characters.count {
    let character = characters[index]
    if let open = start {
      if character == "\\" {
        index += 1
      } else if character == "\"", endsString(characters, at: index) {
        if let item = decoded(characters[(open + 1)..<index]) { items.append(item) }
        start = nil
      }
    } else if character == "\"" {
      start = index
    } else if character == "]" {
      break
    }
    index += 1
  }
  return items
}

/// Whether the quotation mark at `index` is followed by what follows a string in a list.
private func endsString(_ characters: [Character], at index: Int) -> Bool {
  let rest = characters[(index + 1)...].drop(while: \.isWhitespace)
  guard rest.first == "," else { return rest.isEmpty || rest.first == "]" || rest.first == "}" }
  return [nil, "\"", "]", "{"].contains(rest.dropFirst().drop(while: \.isWhitespace).first)
}

/// The text of a JSON string whose line breaks and quotation marks may be unescaped.
private func decoded(_ characters: ArraySlice<Character>) -> String? {
  var literal = "\""
  var isEscaped = false
  for character in characters {
    switch character {
    case "\"" where !isEscaped: literal += "\\\""
    case "\n": literal += "\\n"
    case "\t": literal += "\\t"
    default: literal.append(character)
    }
    isEscaped = character == "\\" && !isEscaped
  }
  return try? JSONDecoder().decode(String.self, from: Data((literal + "\"").utf8))
}

// MARK: Lists of lines

/// The items of a numbered list, else of one with bullets; nil where there is neither.
private func listItems(_ lines: [Substring]) -> [String]? {
  var expected = 1
  let numbered = items(of: lines) { line in
    guard let numbered = numberedLine(line), numbered.number == expected else { return nil }
    expected += 1
    return numbered.rest
  }
  if !numbered.isEmpty { return numbered }
  let bulleted = items(of: lines) { line in
    let text = line.drop(while: \.isWhitespace)
    return ["- ", "* ", "• "].contains { text.hasPrefix($0) } ? text.dropFirst(2) : nil
  }
  return bulleted.count > 1 ? bulleted : nil
}

/// Every text that begins at a line for which `opening` gives its first words, and goes on to the
/// next such line. What is said after the last is left out.
private func items(of lines: [Substring], opening: (Substring) -> Substring?) -> [String] {
  var items: [[Substring]] = []
  for line in lines where !isRule(line) {
    if let first = opening(line) {
      items.append([first])
    } else if !items.isEmpty {
      items[items.count - 1].append(line)
    }
  }
  if let last = items.popLast() {
    let kept = last.prefix { line in !isRemark(line) }
    items.append(Array(kept))
  }
  return items.map { $0.joined(separator: "\n") }
}

/// The number that `line` begins with, as "1.", "2)", "(3)", "**4.**" or "Variant 5:", and what
/// follows.
private func numberedLine(_ line: Substring) -> (number: Int, rest: Substring)? {
  let line = line.drop { $0.isWhitespace || "*#(".contains($0) }
  let word = line.prefix(while: \.isLetter).lowercased()
  let names = ["variant", "version", "prompt", "rewrite", "option", "alternative", "variation"]
  guard word.isEmpty || names.contains(word) else { return nil }
  let rest = line.dropFirst(word.count).drop { $0 == " " }
  let digits = rest.prefix { $0.isASCII && $0.isNumber }
  guard let number = Int(digits), number < 10_000 else { return nil }
  let tail = rest.dropFirst(digits.count)
  let after = tail.drop { "*.):".contains($0) }
  guard after.startIndex > tail.startIndex, after.first?.isWhitespace ?? true else { return nil }
  return (number, after)
}

// MARK: Blocks

/// Texts between ruled lines where there are any; else between blank lines, or where rewrites are
/// of one line each, the lines.
private func blocks(_ lines: [Substring], oneLine: Bool) -> [String] {
  let isBlank: (Substring) -> Bool = { $0.allSatisfy(\.isWhitespace) }
  let parts: [[Substring]] =
    if lines.contains(where: isRule) {
      lines.split(whereSeparator: isRule).map(Array.init)
    } else if oneLine {
      lines.map { [$0] }
    } else {
      lines.split(whereSeparator: isBlank).map(Array.init)
    }
  return parts.filter { part in part.first { !isBlank($0) }.map { !isRemark($0) } ?? false }
    .map { $0.joined(separator: "\n") }
}

/// Whether a line is nothing but a rule, such as "---".
private func isRule(_ line: Substring) -> Bool {
  line.count >= 3 && line.allSatisfy { "-=_*".contains($0) }
}

/// Whether a line speaks to whoever asked; a line with a placeholder does not.
func isRemark(_ line: Substring) -> Bool {
  if line.contains("{{") { return false }
  let text = line.lowercased().drop { !$0.isLetter }
  return remarkOpenings.contains { text.hasPrefix($0) }
}

private let remarkOpenings = [
  "sure", "certainly", "of course", "here are", "here is", "here's", "below are", "i hope",
  "let me know", "feel free", "these rewrites", "these versions", "these variations",
  "these prompts", "each of these", "each version", "each rewrite", "note:", "note that",
  "would you like", "sorry", "i'm sorry", "i am sorry", "i cannot", "i can't", "i'm unable",
  "i am unable", "as an ai",
]
