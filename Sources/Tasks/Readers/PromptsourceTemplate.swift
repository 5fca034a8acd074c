import Jinja

/// One prompt of a promptsource template: what stands before and after its three bars.
struct PromptsourceVariant {
  var input: [JinjaNode]
  var target: [JinjaNode]
}

/// A template as promptsource has it.
struct PromptsourceTemplate {
  /// What parts the input from the target, and the answer choices from each other.
  static let bars = "|||"

  /// Its prompts: several where the branches of an `if` have bars of their own.
  let variants: [PromptsourceVariant]
  /// Renders to the answer choices; nil where there are none.
  let answerChoices: [JinjaNode]?

  /// - Throws: `JinjaError` for what is outside the subset, or has no target or several.
  init(jinja: String, answerChoices: String?) throws(JinjaError) {
    variants = try Self.variants(of: JinjaTemplate(jinja).nodes)
    if let answerChoices {
      self.answerChoices = try JinjaTemplate(answerChoices).nodes
    } else {
      self.answerChoices = nil
    }
  }

  /// Parts `nodes` at the bars. An `if` around them is taken away: its condition becomes a
  /// requirement, in each of its branches that has bars.
  private static func variants(
    of nodes: [JinjaNode]
  ) throws(JinjaError) -> [PromptsourceVariant] {
    let places = nodes.indices.filter { nodes[$0].holdsBars }
    guard let place = places.first else { throw .unsupported("no target") }
    guard places.count == 1 else { throw .unsupported("several targets") }
    let before = Array(nodes[..<place])
    let after = nodes[(place + 1)...]
    switch nodes[place] {
    case .text(let text):
      let parts = splitText(text, by: bars)
      guard parts.count == 2 else { throw .unsupported("several targets") }
      return [
        PromptsourceVariant(
          input: before + [.text(parts[0])], target: [.text(parts[1])] + after)
      ]
    case .conditional(let branches, let otherwise):
      var variants: [PromptsourceVariant] = []
      var conditions: [JinjaNode] = []
      for branch in branches + [.init(condition: .literal(.boolean(true)), body: otherwise)] {
        if branch.body.contains(where: \.holdsBars) {
          let start = before + conditions + [.requirement(branch.condition)]
          for inner in try Self.variants(of: branch.body) {
            variants.append(
              PromptsourceVariant(input: start + inner.input, target: inner.target + after))
          }
        }
        conditions.append(.requirement(.not(branch.condition)))
      }
      return variants
    default: throw .unsupported("a target within a loop")
    }
  }
}

extension JinjaNode {
  /// Whether the bars stand in its text.
  fileprivate var holdsBars: Bool {
    if case .text(let text) = self { return text.contains(PromptsourceTemplate.bars) }
    return bodies.contains { $0.contains(where: \.holdsBars) }
  }
}
