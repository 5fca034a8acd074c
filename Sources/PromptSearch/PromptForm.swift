/// A prompt taken apart: what was recognised as a value of a role, and everything else as it is.
///
/// `PromptGrammar` makes forms from text and text from forms. Setting a role changes all places
/// where the role stands; placeholders, quotations and arguments are never touched.
public struct PromptForm: Equatable, Sendable {
  /// A stretch of an instruction.
  enum Segment: Equatable, Sendable {
    /// Text that stays as it is.
    case literal(String)
    /// A word of a word group.
    case word(role: Role, value: Int, capitalized: Bool)
    /// A content phrase and what it introduces.
    case content(role: Role, value: Int, arguments: [String])
  }

  /// What stands around the instruction.
  enum Envelope: Equatable, Sendable {
    case frame(Int)
    case wrapper(Int)
  }

  /// What is asked for.
  struct Instruction: Equatable, Sendable {
    var envelope: Envelope
    /// The clause in the frame, its first letter small; empty in a wrapper.
    var clause: [Segment]
    /// What the instruction says beyond the clause; all of it in a wrapper.
    var tail: [Segment]
    /// Whether it stands on its own. Half a sentence, which the input or the answer completes, is
    /// neither wrapped nor moved.
    var isComplete: Bool
  }

  /// The lines with the input.
  struct InputBlock: Equatable, Sendable {
    /// Label before the first placeholder; nil where it is not in the book.
    var label: Int?
    /// From the first placeholder on (with its label, where `label` is nil).
    var body: String
  }

  /// Which comes first.
  enum Order: Int, Sendable {
    case instructionFirst, inputFirst
  }

  /// The last line.
  struct Cue: Equatable, Sendable {
    /// Whitespace before it.
    var gap: String
    var value: Int
  }

  var leading = ""
  var instruction: Instruction?
  var block: InputBlock?
  var order = Order.instructionFirst
  /// Whitespace between instruction and input.
  var gap = ""
  var cue: Cue?
  /// Whether a prompt that has no cue could get one.
  var acceptsCue = false
  var trailing = ""

  /// The roles that can be set, in order of appearance in the phrase book's sense: envelope,
  /// words and contents, input label, order, cue.
  public var roles: [Role] {
    var roles: [Role] = []
    if let instruction {
      switch instruction.envelope {
      case .frame: roles.append(.frame)
      case .wrapper: if instruction.isComplete { roles.append(.wrapper) }
      }
      for case let role? in (instruction.clause + instruction.tail).map(\.role)
      where !roles.contains(role) {
        roles.append(role)
      }
    }
    if block?.label != nil { roles.append(.inputLabel) }
    if block != nil, instruction?.isComplete == true { roles.append(.order) }
    if cue != nil || acceptsCue { roles.append(.cue) }
    return roles
  }

  /// The value of a role where it first stands; nil where it does not stand.
  public subscript(role: Role) -> Int? {
    switch role {
    case .frame:
      if case .frame(let value) = instruction?.envelope { return value }
      return nil
    case .wrapper:
      if case .wrapper(let value) = instruction?.envelope { return value }
      return nil
    case .inputLabel: return block?.label
    case .order: return block != nil && instruction?.isComplete == true ? order.rawValue : nil
    case .cue: return cue?.value
    default:
      return ((instruction?.clause ?? []) + (instruction?.tail ?? [])).first { $0.role == role }?
        .value
    }
  }

  /// Sets a role wherever it stands; a cue is added where the prompt can have one. Roles that the
  /// prompt does not have are left alone.
  /// - Precondition: `value` is a value of the role in the phrase book.
  public mutating func set(_ role: Role, to value: Int) {
    guard roles.contains(role) else { return }
    switch role {
    case .frame: rearrange(self[role] != value) { $0.instruction?.envelope = .frame(value) }
    case .wrapper: rearrange(self[role] != value) { $0.instruction?.envelope = .wrapper(value) }
    case .order: rearrange(self[role] != value) { $0.order = Order(rawValue: value) ?? $0.order }
    case .inputLabel: block?.label = value
    case .cue: cue = Cue(gap: cue?.gap ?? "\n", value: value)
    default:
      instruction?.clause.set(role, to: value)
      instruction?.tail.set(role, to: value)
    }
  }

  /// Changes the arrangement. Instruction and input that shared a line get lines of their own.
  private mutating func rearrange(_ isChange: Bool, _ change: (inout PromptForm) -> Void) {
    guard isChange else { return }
    change(&self)
    if !gap.isEmpty, !gap.contains(where: \.isNewline) { gap = "\n" }
  }

  /// The arguments of all content phrases, such as label words, in order.
  public var arguments: [String] {
    ((instruction?.clause ?? []) + (instruction?.tail ?? [])).flatMap { segment in
      if case .content(_, _, let arguments) = segment { return arguments }
      return []
    }
  }

  /// The form with every argument of its content phrases replaced, for instance by random words:
  /// training on such prompts teaches a rewriter to copy what it has never seen.
  public func mappingArguments(_ transform: (String) -> String) -> PromptForm {
    var form = self
    form.instruction?.clause.mapArguments(transform)
    form.instruction?.tail.mapArguments(transform)
    return form
  }
}

extension PromptForm.Segment {
  /// The role that stands here, if any.
  var role: Role? {
    switch self {
    case .literal: nil
    case .word(let role, _, _), .content(let role, _, _): role
    }
  }

  /// Its value.
  var value: Int? {
    switch self {
    case .literal: nil
    case .word(_, let value, _), .content(_, let value, _): value
    }
  }
}

extension [PromptForm.Segment] {
  fileprivate mutating func set(_ role: Role, to value: Int) {
    for index in indices where self[index].role == role {
      switch self[index] {
      case .literal: break
      case .word(_, _, let capitalized):
        self[index] = .word(role: role, value: value, capitalized: capitalized)
      case .content(_, _, let arguments):
        self[index] = .content(role: role, value: value, arguments: arguments)
      }
    }
  }

  fileprivate mutating func mapArguments(_ transform: (String) -> String) {
    for index in indices {
      guard case .content(let role, let value, let arguments) = self[index] else { continue }
      self[index] = .content(role: role, value: value, arguments: arguments.map(transform))
    }
  }
}
