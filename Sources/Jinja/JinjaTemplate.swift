/// A template in the subset of Jinja that promptsource's templates and chat templates are written in.
///
/// Rendering agrees with Jinja 3.1 in the environment. What the subset lacks is refused when the
/// template is read: imports, recursive loops, some of the filters. Whole numbers have 64 bits. Lists
/// are values here; a list that two names share would be changed under one of them only.
package struct JinjaTemplate: Sendable {
  package let nodes: [JinjaNode]
  private let environment: JinjaEnvironment

  /// Reads a template.
  ///
  /// - Throws: `JinjaError` for what is not Jinja, is outside the subset, or is too large.
  package init(
    _ source: String, _ environment: JinjaEnvironment = .promptsource
  ) throws(JinjaError) {
    nodes = try JinjaParser.nodes(of: source, environment)
    self.environment = environment
  }

  /// Whether a filter asks for chance.
  package var usesChance: Bool { nodes.contains(where: \.usesChance) }

  /// The text of the template for these values.
  ///
  /// - Throws: `JinjaError` where the values do not allow an operation, the result would be too
  ///   large, or a filter asks for chance.
  package func rendered(
    _ values: [String: JinjaValue], now: JinjaDate = .standard
  ) throws(JinjaError) -> String {
    var evaluator = JinjaEvaluator(values, environment)
    evaluator.now = now
    return try evaluator.render(nodes) ?? ""
  }
}
