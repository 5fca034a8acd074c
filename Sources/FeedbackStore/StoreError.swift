/// Why the feedback store refused something.
public enum StoreError: Error, Equatable, Sendable {
  /// There is no such file, and it was not to be created.
  case missing(path: String)
  /// The file cannot be opened; `reason` is SQLite's.
  case cannotOpen(path: String, reason: String)
  /// The file is not an SQLite database.
  case notADatabase(path: String)
  /// The file is an SQLite database of some other program.
  case otherProgram(path: String)
  /// The file has migrations that this program does not know.
  case newerSchema(path: String)
  /// The file is an SQLite database whose pages are damaged.
  case damaged(path: String)
  /// A task of this name is stored with other examples, kind or metric.
  case taskChanged(name: String)
  /// An example is stored in another split than it is given now.
  case exampleMoved(key: String, stored: SplitRole, given: SplitRole)
  /// A reservation would pass a hard limit.
  case budgetExhausted(limit: Budget.Limit, allowed: Double, wanted: Double)
  /// There is no open reservation of this number.
  case notReserved(id: Int64)
  /// A pair that is imported has a text that is evaluated, or a wording that is kept for that.
  case evaluatedText(source: String, line: Int)
  /// SQLite refused a statement; `reason` is its message, without any value.
  case refused(action: String, reason: String)
}

extension StoreError: CustomStringConvertible {
  /// One sentence for the person who ran the command.
  public var description: String {
    switch self {
    case .missing(let path):
      "there is no feedback store at '\(path)'"
    case .cannotOpen(let path, let reason):
      "cannot open the feedback store '\(path)': \(reason)"
    case .notADatabase(let path):
      "'\(path)' is not a feedback store: it is not an SQLite database"
    case .otherProgram(let path):
      "'\(path)' is not a feedback store: it is an SQLite database of another program"
    case .newerSchema(let path):
      "the feedback store '\(path)' was written by a newer version of this program"
    case .damaged(let path):
      "the feedback store '\(path)' is damaged"
    case .taskChanged(let name):
      "task '\(name)' differs from the one that the stored feedback was measured on"
    case .exampleMoved(let key, let stored, let given):
      "example '\(key)' is stored in split '\(stored.rawValue)', not '\(given.rawValue)'"
    case .budgetExhausted(let limit, let allowed, let wanted):
      "the budget of \(number(allowed)) \(limit.words) would be passed: \(number(wanted)) wanted"
    case .notReserved(let id):
      "call \(id) is not reserved, or was settled before"
    case .evaluatedText(let source, let line):
      "\(source) line \(line): an evaluated prompt or wording may not be trained on"
    case .refused(let action, let reason):
      "the feedback store could not \(action): \(reason)"
    }
  }

  private func number(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? String(value)
  }
}
