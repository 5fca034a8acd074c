import Jinja
import TestSupport
import Testing

@Suite struct JinjaTemplateTests {
  private struct Rendered: Decodable {
    let template: String
    /// Nil where Jinja raises an error.
    let text: String?
  }

  private struct Content: Decodable {
    let record: [String: TypedValue]
    let cases: [Rendered]
  }

  @Test func rendersAsPythonDoes() throws {
    let content = try readGolden("jinja", as: Content.self)
    let values = content.record.mapValues(\.value)
    #expect(content.cases.count > 450)
    for rendered in content.cases {
      #expect(text(of: rendered.template, values) == rendered.text, "\(rendered.template)")
    }
  }

  @Test(arguments: [
    ("{% macro f() %}{% endmacro %}", "statement 'macro'"),
    ("{% raw %}{{ x }}{% endraw %}", "statement 'raw'"),
    ("{% include 'x' %}", "statement 'include'"),
    ("{{ x | tojson }}", "filter 'tojson'"),
    ("{{ x is callable }}", "test 'callable'"),
    ("{{ lipsum() }}", "function 'lipsum'"),
    ("{{ x.format(1) }}", "method 'format'"),
    ("{{ x.f.g()() }}", "method 'g'"),
    ("{{ x[0]() }}", "a call of a value"),
    ("{{ range(*x) }}", "unpacked arguments"),
    ("{% set ns.x = 1 %}", "namespace"),
    ("{% for x in y recursive %}{% endfor %}", "a recursive loop"),
    ("{{ 'a' | random }}", "random"),
    ("{{ [1, 2] | choice }}", "random"),
    ("{{ range(3) }}", "text of a range or an iterator"),
    ("{{ 'x'.upper }}", "method 'upper' without a call"),
    ("{{ '\\N{DASH}' }}", "escape '\\N'"),
    ("{{ x }", "line 1 of the template: an unexpected '}'"),
    ("\n\n{% if x %}\n{{ 1 1 }}{% endif %}", "line 4 of the template: unexpected a number"),
    ("{% set y = { {}: 1 } %}", "dict as a key"),
    ("{{ y.z }}", "'z' of 'y', which is undefined"),
    ("{{ 9223372036854775807 + 1 }}", "a whole number is too large"),
  ])
  func namesWhatItRefuses(template: String, reason: String) {
    let error = #expect(throws: JinjaError.self) {
      try JinjaTemplate(template).rendered(["x": .text("a")])
    }
    #expect(error?.description == reason)
  }

  @Test(arguments: [
    "{% for a in range(1000000) %}x{% endfor %}",
    "{% for a in range(1000) %}{% for b in range(1000) %}{% for c in range(1000) %}"
      + "{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in range(9223372036854775807) %}{% endfor %}",
    "{% for a in range(-9223372036854775807, 9223372036854775807) %}{% endfor %}",
    "{{ 'x' * 9223372036854775807 }}", "{{ [1] * 100000000 }}", "{{ 10 ** 1000000000 }}",
    "{% set x = 'xy' %}" + String(repeating: "{% set x = x ~ x %}", count: 60),
    "{% set x = [1] %}" + String(repeating: "{% set x = [x, x] %}", count: 60),
    "{% set x = [1] %}{% for a in range(9999) %}{{ x.append(x) }}{% endfor %}",
    "{% set x = 'a' * 1000 %}{{ x.replace('a', x).replace('a', x) }}",
    "{{ '%999999999s' | format(1) }}",
    "{% set x = 'x' * 800000 %}{{ range(1000) | map('replace', x, 'x') | list }}",
    "{% set x = 'x' * 800000 %}{{ (['a'] * 80) | map('replace', 'a', x) | list }}",
    "{% set x = 'x' * 800000 %}{{ (['a'] * 8000) | map(attribute='b', default=x) | list }}",
    "{% set x = 'x' * 1000 %}{{ ([['a'] * 100] * 1000) | map('map', 'replace', x, 'x') | list }}",
    "{% set x = 'x' * 800000 %}{{ range(1000) | selectattr(x) | list }}",
    "{% set x = 'x' * 800000 %}{{ range(1000) | select('in', x) | list }}",
    "{% set x = 'x' * 800000 %}{{ range(1000) | join(attribute=x) }}",
    "{% set x = 'x' * 800000 %}{{ range(1000) | max(attribute=x) }}",
    "{% set x = 'x' * 800000 %}{{ range(1000) | sort(attribute=x) }}",
    "{% set x = 'x' * 800000 %}{{ range(1000) | unique(attribute=x) | list }}",
    "{% set x = range(90000) | list %}{{ zip(x, x, x, x, x, x, x, x, x, x, x, x) | list }}",
    "{{ ([['a'] * 1000] * 1000) | join(', ') }}", "{{ ['x' * 1000] * 100000 }}",
    String(repeating: "{% if 1 %}", count: 5000),
    "{{ " + String(repeating: "(", count: 5000) + "1" + String(repeating: ")", count: 5000) + " }}",
    "{{ " + String(repeating: "-", count: 5000) + "1 }}",
    "{{ " + String(repeating: "not ", count: 5000) + "1 }}",
    "{{ 1" + String(repeating: " + 1", count: 5000) + " }}",
    "{{ 1" + String(repeating: " if 1 else 1", count: 5000) + " }}",
    "{{ x" + String(repeating: "[0]", count: 5000) + " }}",
    "{{ x" + String(repeating: " | upper", count: 5000) + " }}",
    String(repeating: "x", count: 100_000),
  ])
  func staysWithinBounds(template: String) {
    let error = #expect(throws: JinjaError.self) {
      try JinjaTemplate(template).rendered(["x": .text("a")])
    }
    guard case .tooLarge? = error else {
      Issue.record("\(template.prefix(60)): \(error?.description ?? "no error")")
      return
    }
  }

  @Test func aSearchIsLinear() throws {
    let template = try JinjaTemplate("{{ ('a' * 200000 ~ 'b') in ('a' * 500000) }}")
    #expect(try template.rendered([:]) == "False")
  }

  /// Shuffled pieces of templates either render or throw; nothing else may happen.
  @Test func survivesNonsense() throws {
    let list = try JinjaValue.list([.text("a"), .integer(1)])
    let pieces = [
      "{{", "}}", "{%", "%}", "{#", "#}", "-", "x", "'", "\"", "\\", "(", ")", "[", "]", "{", "}",
      "|", ".", ",", ":", "=", "if", "else", "endif", "for", "in", "endfor", "set", "is", "not",
      "and", " ", " ", "\n", "1", "0.5", "~", "*", "//", "join", "range(9)", "loop", "é", "\u{301}",
      "{{ x }}", "{% if x %}", "{% endif %}", "{% for y in x %}", "{% endfor %}", "choice", "%",
      "|||",
    ]
    var random = SeededGenerator(seed: 11)
    var renderedCount = 0
    for _ in 0..<20_000 {
      let length = Int.random(in: 1...12, using: &random)
      let template = (0..<length).map { _ in pieces[Int.random(in: pieces.indices, using: &random)]
      }
      .joined()
      if text(of: template, ["x": list]) != nil { renderedCount += 1 }
    }
    #expect((1000..<19_000).contains(renderedCount))
  }

  private func text(of template: String, _ values: [String: JinjaValue]) -> String? {
    do { return try JinjaTemplate(template).rendered(values) } catch { return nil }
  }
}
