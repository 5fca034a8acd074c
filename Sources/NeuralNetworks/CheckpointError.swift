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
  /// One sentence for the person who ran the command.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "cannot read checkpoint '\(file)': \(reason)"
    case .unwritable(let file, let reason):
      "cannot write checkpoint '\(file)': \(reason)"
    case .missingTensor(let name):
      "the checkpoint has no tensor '\(name)'"
    case .shapeMismatch(let name, let expected, let found):
      "tensor '\(name)' has shape \(found); the model expects \(expected)"
    case .unsupportedType(let name, let type):
      "tensor '\(name)' is of type \(type); only F32, F16 and BF16 are read"
    }
  }
}
