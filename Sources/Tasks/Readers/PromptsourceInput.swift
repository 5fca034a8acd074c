import Jinja

/// The input of a prompt, piece by piece: what is the same for all records becomes text, what a
/// record decides becomes a placeholder.
struct PromptsourceInput {
  enum Piece {
    /// The same for all records; empty for what renders to nothing.
    case literal(String)
    /// A column of the record, under the name of the placeholder. `isDerived` is false for a
    /// field that the examples have anyway.
    case field(variable: String, name: String, isDerived: Bool)
    /// Whatever else depends on the record.
    case derived(name: String)
    /// Sets a name, or requires a condition.
    case silent(isRequirement: Bool)
  }

  /// The pieces in the order of the nodes they come from.
  let pieces: [Piece]
  /// What is known without a record after the input: the names that are set, and their values.
  let constants: JinjaEvaluator
  let constantNames: Set<String>

  /// Sorts the nodes of a variant.
  ///
  /// - Parameters:
  ///   - constants: Values by name that are the same for all records.
  ///   - fieldName: The placeholder for a column, if it can have one of its own name.
  ///   - derivedName: The placeholder of a derived piece by its number, from 1.
  /// - Throws: `JinjaError` where a constant part cannot be rendered, or never applies.
  init(
    _ variant: PromptsourceVariant, constants: [String: JinjaValue],
    fieldName: (String) -> (name: String, isDerived: Bool)?, derivedName: (Int) -> String
  ) throws(JinjaError) {
    let assignedNames = (variant.input + variant.target).assignedNames
    var evaluator = JinjaEvaluator(constants)
    var names = Set(constants.keys)
    var pieces: [Piece] = []
    var derivedCount = 0
    for node in variant.input {
      if node.readNames.isSubset(of: names) {
        guard let text = try evaluator.render([node]) else {
          throw .unsupported("a condition that never holds")
        }
        pieces.append(.literal(text))
        names.subtract(node.assignedNames)
        if case .assignment(let targets, _) = node { names.formUnion(targets.names) }
        if case .capture(let name, _) = node { names.insert(name) }
        continue
      }
      names.subtract(node.assignedNames)
      switch node {
      case .assignment, .capture: pieces.append(.silent(isRequirement: false))
      case .requirement: pieces.append(.silent(isRequirement: true))
      case .output(.name(let variable)):
        if !assignedNames.contains(variable), let field = fieldName(variable) {
          pieces.append(
            .field(variable: variable, name: field.name, isDerived: field.isDerived))
          continue
        }
        fallthrough
      default:
        derivedCount += 1
        pieces.append(.derived(name: derivedName(derivedCount)))
      }
    }
    self.pieces = pieces
    self.constants = evaluator
    constantNames = names
  }

  /// The prompt's text.
  ///
  /// - Throws: `JinjaError` where it has no text to reword, or braces that would be read as a
  ///   placeholder.
  func text() throws(JinjaError) -> String {
    var text = ""
    var fields: [String] = []
    var literals = ""
    for piece in pieces {
      switch piece {
      case .literal(let literal):
        text += literal
        literals += literal
      case .field(_, let name, _), .derived(let name):
        text += "{{\(name)}}"
        fields.append(name)
      case .silent: break
      }
    }
    guard placeholders(in: text) == fields else { throw .unsupported("braces in the text") }
    guard literals.contains(where: \.isLetter) else { throw .unsupported("no text to reword") }
    return stripped(text)
  }

  /// Whether there are records that the prompt does not apply to for a reason of its own.
  var hasRequirement: Bool {
    pieces.contains { if case .silent(isRequirement: true) = $0 { true } else { false } }
  }

  /// Whether the prompt needs fields that the examples do not have yet.
  var hasDerivedFields: Bool {
    pieces.contains {
      switch $0 {
      case .derived, .field(_, _, isDerived: true): true
      case .literal, .field, .silent: false
      }
    }
  }
}
