/// A part of a template.
package indirect enum JinjaNode: Sendable {
  case text(String)
  /// `{{ … }}`
  case output(JinjaExpression)
  /// `{% if … %}`, its `elif` among the branches.
  case conditional(branches: [Branch], otherwise: [JinjaNode])
  /// `{% for … %}`
  case loop(Loop)
  /// `{% set a, b = … %}`
  case assignment(JinjaTargets, JinjaExpression)
  /// `{% set a %} … {% endset %}`
  case capture(String, [JinjaNode])
  /// `{% set a.b = … %}`: an item of a namespace.
  case itemAssignment(String, item: String, JinjaExpression)
  /// `{% macro f(…) %}`
  case macro(JinjaMacro)
  /// A part with names of its own: `{% generation %}`.
  case scope([JinjaNode])
  /// `{% break %}` and `{% continue %}`
  case leave(JinjaLoopExit)
  /// Not Jinja: rendering stops where the condition is false. It stands for the `if` around a
  /// part that was taken out of it.
  case requirement(JinjaExpression)

  package struct Branch: Sendable {
    package let condition: JinjaExpression
    package let body: [JinjaNode]

    package init(condition: JinjaExpression, body: [JinjaNode]) {
      self.condition = condition
      self.body = body
    }
  }

  package struct Loop: Sendable {
    let targets: JinjaTargets
    let items: JinjaExpression
    let condition: JinjaExpression?
    let body: [JinjaNode]
    let otherwise: [JinjaNode]
    /// Whether the body reads `loop`.
    let readsState: Bool

    init(
      targets: JinjaTargets, items: JinjaExpression, condition: JinjaExpression?,
      body: [JinjaNode], otherwise: [JinjaNode]
    ) {
      self.targets = targets
      self.items = items
      self.condition = condition
      self.body = body
      self.otherwise = otherwise
      readsState = body.readNames.contains("loop")
    }
  }
}

/// What ends a turn of a loop early.
package enum JinjaLoopExit: Sendable {
  case breaking, continuing
}

/// A part of a template that is called like a function, and gives its text.
package struct JinjaMacro: Sendable {
  let name: String
  let parameters: [Parameter]
  let body: [JinjaNode]

  struct Parameter: Sendable {
    let name: String
    let defaultValue: JinjaExpression?
  }
}

/// The names that a loop or an assignment binds.
package enum JinjaTargets: Sendable {
  case one(String)
  /// `a, b`: the value is taken apart.
  case several([String])

  package var names: [String] {
    switch self {
    case .one(let name): [name]
    case .several(let names): names
    }
  }
}

/// An expression.
package indirect enum JinjaExpression: Sendable {
  case literal(JinjaValue)
  case name(String)
  case list([JinjaExpression])
  case tuple([JinjaExpression])
  case dictionary(keys: [JinjaExpression], values: [JinjaExpression])
  /// `a.b`
  case attribute(JinjaExpression, String)
  /// `a[b]`
  case item(JinjaExpression, JinjaExpression)
  /// `a[start:stop:step]`
  case slice(JinjaExpression, bounds: [JinjaExpression?])
  case negated(JinjaExpression)
  /// Unary plus.
  case positive(JinjaExpression)
  case arithmetic(JinjaOperator, JinjaExpression, JinjaExpression)
  /// `a ~ b`
  case concatenation([JinjaExpression])
  /// `a < b <= c`, which holds where each pair does.
  case comparison(JinjaExpression, [(operation: JinjaComparison, operand: JinjaExpression)])
  case not(JinjaExpression)
  case and(JinjaExpression, JinjaExpression)
  case or(JinjaExpression, JinjaExpression)
  /// `a if condition else b`
  case ternary(JinjaExpression, condition: JinjaExpression, otherwise: JinjaExpression?)
  case filter(String, JinjaExpression, JinjaArguments<JinjaExpression>)
  /// `a is b`
  case test(String, JinjaExpression, [JinjaExpression])
  /// `f(…)`
  case function(String, JinjaArguments<JinjaExpression>)
  /// `a.f(…)`
  case method(String, JinjaExpression, JinjaArguments<JinjaExpression>)
}

package enum JinjaOperator: String, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case floorDivide = "//"
  case modulo = "%"
  case power = "**"
}

package enum JinjaComparison: String, Sendable {
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case isIn = "in"
  case isNotIn = "not in"
}

/// What a filter, a function or a method is called with.
package struct JinjaArguments<Value: Sendable>: Sendable {
  var positional: [Value] = []
  var named: [String: Value] = [:]

  var all: [Value] { positional + named.values }
}
