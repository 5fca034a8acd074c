/// A template in the subset of Jinja that promptsource's templates are written in.
///
/// Rendering agrees with Jinja 3.1 in its default environment, with Python's `zip` added as
/// promptsource does. What the subset lacks is refused when the template is read: macros, imports,
/// namespaces, recursive loops, most of the filters. Two things differ knowingly: whole numbers have
/// 64 bits, and the keys of an object come in alphabetical order. Lists are values here; a list
/// that two names share would be changed under one of them only.
package struct JinjaTemplate: Sendable {
  let nodes: [JinjaNode]

  /// Reads a template.
  ///
  /// - Throws: `JinjaError` for what is not Jinja, is outside the subset, or is too large.
  package init(_ source: String) throws(JinjaError) {
    nodes = try JinjaParser.nodes(of: source)
  }

  /// Whether a filter asks for chance.
  package var usesChance: Bool { nodes.contains(where: \.usesChance) }

  /// The text of the template for one record.
  ///
  /// - Throws: `JinjaError` where the values do not allow an operation, the result would be too
  ///   large, or a filter asks for chance.
  package func rendered(_ values: Record) throws(JinjaError) -> String {
    var scope: [String: JinjaValue] = [:]
    for (name, value) in values { scope[name] = try JinjaValue(value) }
    var evaluator = JinjaEvaluator(scope)
    return try evaluator.render(nodes) ?? ""
  }
}
