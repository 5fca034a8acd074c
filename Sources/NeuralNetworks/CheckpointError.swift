/// A checkpoint that cannot be read or written, or does not fit the model it is loaded into.
public enum CheckpointError: Error, Equatable, Sendable {
  /// The file is missing, damaged or not of the expected format.
  case unreadable(file: String, reason: String)
  /// What is to be written would not be a complete checkpoint.
  case unwritable(file: String, reason: String)
  /// The checkpoint lacks a tensor that is asked for.
  case missingTensor(name: String)
  /// Both have the tensor, with different shapes.
  case shapeMismatch(name: String, expected: [Int], found: [Int])
  /// The tensor's numbers are of a type that is not read, named as in the file.
  case unsupportedType(name: String, type: String)
}

extension CheckpointError: CustomStringConvertible {
  /// One sentence for the person who ran the command; what it repeats of a file is shortened.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "cannot read checkpoint '\(file.excerpt)': \(reason.excerpt)"
    case .unwritable(let file, let reason):
      "cannot write checkpoint '\(file.excerpt)': \(reason.excerpt)"
    case .missingTensor(let name):
      "the checkpoint has no tensor '\(name.excerpt)'"
    case .shapeMismatch(let name, let expected, let found):
      "tensor '\(name.excerpt)' has shape \(found); the model expects \(expected)"
    case .unsupportedType(let name, let type):
      "tensor '\(name.excerpt)' is of type \(type.excerpt); only F32, F16 and BF16 are read"
    }
  }
}

extension String {
  /// What a sentence shows of a text that may come from a file: its beginning and its end where it is
  /// long, and nothing that moves a terminal's cursor or turns the direction of writing.
  fileprivate var excerpt: String {
    let (first, last) = (240, 80)
    let scalars = Array(unicodeScalars)
    let shown =
      scalars.count <= first + last
      ? scalars : scalars.prefix(first) + ["…"] + scalars.suffix(last)
    return String(String.UnicodeScalarView(shown.map { $0.isPrintable ? $0 : "\u{FFFD}" }))
  }
}

extension Unicode.Scalar {
  fileprivate var isPrintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }
}
