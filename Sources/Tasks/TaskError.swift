/// A task that cannot be read, or whose parts do not fit together.
public enum TaskError: Error, Equatable, Sendable {
  /// The file is missing or cannot be read or written.
  case unreadable(file: String, reason: String)
  /// The text is not of the file's format.
  case malformed(file: String, line: Int?, reason: String)
  /// A key that means nothing here.
  case unknownKey(file: String, line: Int, key: String, nearest: String?)
  /// A key that must be there.
  case missingKey(file: String, line: Int?, key: String)
  /// A value of another type than the key's.
  case wrongType(file: String, line: Int, key: String, expected: String)
  /// A value that is not among the allowed ones.
  case invalidValue(file: String, line: Int, key: String, found: String, allowed: [String])
  /// The file has no rows.
  case empty(file: String)
  /// An example without any reference. `line` counts examples where the task was not read.
  case noReference(line: Int)
  /// Two examples with one id.
  case duplicateID(id: String, line: Int, firstLine: Int)
  /// A prompt names a field that no example has.
  case unknownPlaceholder(line: Int, field: String, nearest: String?)
  /// A prompt asks for an answer that no example has.
  case unknownAnswer(line: Int, answer: String, nearest: String?)
  /// A classification example whose reference is not one of the labels.
  case unknownLabel(line: Int, label: String, labels: [String])
}

extension TaskError: CustomStringConvertible {
  /// One sentence for the person who ran the command.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file) cannot be opened: \(reason)"
    case .malformed(let file, let line, let reason):
      "\(place(file, line)): \(reason)"
    case .unknownKey(let file, let line, let key, let nearest):
      "\(place(file, line)): unknown key '\(key)'\(suggestion(nearest))"
    case .missingKey(let file, let line, let key):
      "\(place(file, line)): no '\(key)'"
    case .wrongType(let file, let line, let key, let expected):
      "\(place(file, line)): '\(key)' must be \(expected)"
    case .invalidValue(let file, let line, let key, let found, let allowed):
      "\(place(file, line)): '\(key)' is '\(found)'; allowed are \(allowed.joined(separator: ", "))"
    case .empty(let file):
      "\(file) has no rows"
    case .noReference(let line):
      "\(place(examplesFile, line)): no reference"
    case .duplicateID(let id, let line, let firstLine):
      "\(place(examplesFile, line)): id '\(id)' is already that of line \(firstLine)"
    case .unknownPlaceholder(let line, let field, let nearest):
      "\(place(promptsFile, line)): no example has a field '\(field)'\(suggestion(nearest))"
    case .unknownAnswer(let line, let answer, let nearest):
      "\(place(promptsFile, line)): no example has an answer '\(answer)'\(suggestion(nearest))"
    case .unknownLabel(let line, let label, let labels):
      "\(place(examplesFile, line)): reference '\(label)' is not one of the task's labels "
        + labels.joined(separator: ", ")
    }
  }
}

/// The files of a task folder.
let taskFile = "task.yaml"
let examplesFile = "examples.jsonl"
let promptsFile = "prompts.jsonl"

private func place(_ file: String, _ line: Int?) -> String {
  line.map { "\(file) line \($0)" } ?? file
}

private func suggestion(_ nearest: String?) -> String {
  nearest.map { "; did you mean '\($0)'?" } ?? ""
}
