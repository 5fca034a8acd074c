/// A prompt's text, taken apart once: what comes before the first placeholder is the same for
/// every example, and a target model need read it only once.
public struct PromptTemplate: Sendable, Equatable {
  /// The text before the first placeholder; all of it where there is none.
  public let prefix: String
  /// Each placeholder's field, and the literal text that follows it.
  public let parts: [(field: String, literal: String)]

  /// Finds the placeholders of `text`.
  public init(_ text: String) {
    let spans = placeholderSpans(in: text)
    prefix = String(text[..<(spans.first?.range.lowerBound ?? text.endIndex)])
    parts = spans.indices.map { index in
      let end = index + 1 < spans.count ? spans[index + 1].range.lowerBound : text.endIndex
      return (spans[index].field, String(text[spans[index].range.upperBound..<end]))
    }
  }

  /// The fields in order of appearance, repeats included.
  public var fields: [String] { parts.map(\.field) }

  /// The text for one example.
  ///
  /// A value is inserted as it is: braces inside it are not placeholders. A placeholder that
  /// `fields` has no value for is left standing.
  /// - Parameters:
  ///   - fields: Value of each field.
  ///   - inputField: The field that is appended after a blank line where there is no placeholder.
  /// - Returns: The shared prefix, and the rest; the text is the two joined.
  public func rendered(
    fields: [String: String], inputField: String
  ) -> (prefix: String, rest: String) {
    guard !parts.isEmpty else { return (prefix + "\n\n", fields[inputField] ?? "") }
    let rest = parts.map { (fields[$0.field] ?? "{{\($0.field)}}") + $0.literal }.joined()
    return (prefix, rest)
  }

  /// Same text.
  public static func == (left: PromptTemplate, right: PromptTemplate) -> Bool {
    left.prefix == right.prefix && left.parts.elementsEqual(right.parts, by: ==)
  }
}

extension Prompt {
  /// The prompt for one example: see `PromptTemplate.rendered(fields:inputField:)`.
  public func rendered(
    for example: Example, inputField: String
  ) -> (prefix: String, rest: String) {
    PromptTemplate(text).rendered(fields: example.fields, inputField: inputField)
  }
}

extension PromptTask {
  /// `prompt` for `example`: the prefix that all examples share, and the rest.
  public func rendered(_ prompt: Prompt, for example: Example) -> (prefix: String, rest: String) {
    prompt.rendered(for: example, inputField: inputField)
  }
}

/// The fields named by `{{field}}` in `text`, in order of appearance, repeats included.
///
/// A field is a letter or underscore, then letters, digits and underscores, all ASCII; spaces
/// inside the braces are allowed. Anything else in double braces is ordinary text.
public func placeholders(in text: String) -> [String] {
  placeholderSpans(in: text).map(\.field)
}

/// Every placeholder of `text`: its field and where it stands, braces included.
func placeholderSpans(in text: String) -> [(field: String, range: Range<String.Index>)] {
  var spans: [(field: String, range: Range<String.Index>)] = []
  let bytes = text.utf8
  var index = bytes.startIndex
  while let start = bytes[index...].firstIndex(of: UInt8(ascii: "{")) {
    if let span = placeholder(in: text, at: start) {
      spans.append(span)
      index = span.range.upperBound
    } else {
      index = bytes.index(after: start)
    }
  }
  return spans
}

/// The placeholder that begins at `start`, if one does.
private func placeholder(
  in text: String, at start: String.Index
) -> (field: String, range: Range<String.Index>)? {
  let bytes = text.utf8
  var rest = bytes[start...]
  guard rest.starts(with: "{{".utf8) else { return nil }
  rest = rest.dropFirst(2).drop { $0 == UInt8(ascii: " ") }
  let name = rest.prefix(while: isNameByte)
  guard let first = name.first, !isDigit(first) else { return nil }
  rest = rest[name.endIndex...].drop { $0 == UInt8(ascii: " ") }
  guard rest.starts(with: "}}".utf8) else { return nil }
  let end = bytes.index(rest.startIndex, offsetBy: 2)
  return (String(Substring(name)), start..<end)
}

private func isDigit(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}

private func isNameByte(_ byte: UInt8) -> Bool {
  isDigit(byte) || byte == UInt8(ascii: "_")
    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
}
