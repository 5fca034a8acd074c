import Jinja
import TestSupport
import Testing

@Suite struct ChatEnvironmentTests {
  private struct Content: Decodable {
    struct Template: Decodable {
      let name: String
      let source: String
      /// By conversation, then by set of values; nil where transformers raises an error.
      let texts: [[String?]]
    }

    struct Snippet: Decodable {
      let source: String
      let text: String?
    }

    let now: [Int]
    let conversations: [TypedValue]
    let values: [TypedValue]
    let templates: [Template]
    let snippetValues: TypedValue
    let snippets: [Snippet]

    var date: JinjaDate {
      JinjaDate(
        year: now[0], month: now[1], day: now[2], hour: now[3], minute: now[4], second: now[5])
    }
  }

  private let content: Content

  init() throws {
    content = try readGolden("chat-templates", as: Content.self)
  }

  private func text(of source: String, _ values: [String: JinjaValue]) -> String? {
    do {
      return try JinjaTemplate(source, .chatTemplate).rendered(values, now: content.date)
    } catch {
      return nil
    }
  }

  @Test func rendersConversationsAsTransformersDoes() throws {
    for template in content.templates {
      for (conversation, texts) in zip(content.conversations, template.texts) {
        for (values, expected) in zip(content.values, texts) {
          let scope = values.named.merging(["messages": conversation.value]) { $1 }
          #expect(text(of: template.source, scope) == expected, "\(template.name)")
        }
      }
    }
  }

  @Test func rendersSnippetsAsTransformersDoes() {
    for snippet in content.snippets {
      let text = text(of: snippet.source, content.snippetValues.named)
      #expect(text == snippet.text, "\(snippet.source)")
    }
  }

  @Test(arguments: [
    ("{{ raise_exception('roles must ' ~ 'alternate') }}", "roles must alternate"),
    ("{% include 'x' %}", "statement 'include'"),
    ("{{ [1] | choice }}", "filter 'choice'"),
    ("{{ [1].append(2) }}", "method 'append'"),
    ("{{ zip([1]) }}", "function 'zip'"),
    ("{{ strftime_now('%Q') }}", "'%Q' of a date"),
    ("{{ 'a'.upper }}", "method 'upper' without a call"),
    ("{{ range }}", "function 'range' without a call"),
    ("{{ namespace() }}", "text of a namespace"),
    ("{% set x = 1 %}{% set x.y = 2 %}", "'x' is no namespace"),
    ("a\n{% continue %}", "line 2 of the template: unexpected name 'continue'"),
    ("{{ f() }}{% macro f() %}{% endmacro %}", "'f' is undefined"),
  ])
  func namesWhatItRefuses(template: String, reason: String) {
    let error = #expect(throws: JinjaError.self) {
      try JinjaTemplate(template, .chatTemplate).rendered([:])
    }
    #expect(error?.description == reason)
  }

  @Test(arguments: [
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() ~ f() }}{% endmacro %}{{ f() }}",
    "{% macro f(a=f()) %}{% endmacro %}{{ f() }}",
    "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(45) }}",
    "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "{% set ns = namespace(x=[]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}",
    "{% set ns = namespace() %}{% for i in range(999999) %}{% set ns.ns = ns %}{% endfor %}",
    "{{ range(100000) | list | sort }}", "{{ range(100000) | unique | list }}",
    "{{ ('\n' * 100000) | indent(300, blank=true) }}",
    "{{ [[['x' * 99999] * 9] * 9] | tojson | length }}",
    "{{ range(3000) | list | tojson(indent='x' * 9999) }}",
    "{% for a in range(99999) %}{% for b in range(99999) %}{% continue %}{% endfor %}{% endfor %}",
    "{{ strftime_now('%A' * 500000) }}",
    String(repeating: "{% macro f() %}", count: 200),
    String(repeating: "{% generation %}", count: 200),
  ])
  func staysWithinBounds(template: String) {
    let error = #expect(throws: JinjaError.self) {
      try JinjaTemplate(template, .chatTemplate).rendered([:])
    }
    guard case .tooLarge? = error else {
      Issue.record("\(template.prefix(60)): \(error?.description ?? "no error")")
      return
    }
  }

  /// What is done to one message does not depend on how long the conversation is.
  @Test func longConversationsAreRendered() throws {
    let template = try JinjaTemplate(
      "{% for m in messages %}{{ messages[loop.index0].content if messages[0].role == 'user' }}"
        + "{{ loop.previtem.role if not loop.first }}{% endfor %}", .chatTemplate)
    let message = JinjaValue.dictionary(
      try JinjaDictionary(
        keys: [.text("role"), .text("content")],
        values: [.text("user"), .text(String(repeating: "x", count: 1000))]))
    let messages = try JinjaValue.list(Array(repeating: message, count: 900))
    #expect(try template.rendered(["messages": messages]).utf8.count == 900 * 1004 - 4)
  }

  /// Shuffled pieces of templates either render or throw; nothing else may happen.
  @Test func survivesNonsense() throws {
    let pieces = [
      "{{", "}}", "{%", "%}", "{%-", "-%}", "{#", "#}", "x", "'a'", "(", ")", "[", "]", "{", "}",
      "|",
      ".", ",", ":", "=", "if", "endif", "for", "in", "endfor", "set", " ", "\n", "1", "ns", "ns.x",
      "{% macro f(a) %}", "{% endmacro %}", "f(1)", "{{ f(x) }}", "namespace(x=1)", "tojson",
      "{% break %}", "{% continue %}", "{% for y in x %}", "{% generation %}",
      "{% endgeneration %}",
      "{% set ns = namespace(x=1) %}", "{% set ns.x = x %}", "{% endfor %}", "selectattr", "'x'",
      "raise_exception", "strftime_now('%d')", "{% set y %}", "{% endset %}", "sort", "dictsort",
    ]
    let list = try JinjaValue.list([.text("a"), .integer(1)])
    var random = SeededGenerator(seed: 13)
    var renderedCount = 0
    for _ in 0..<20_000 {
      let length = Int.random(in: 1...12, using: &random)
      let template = (0..<length).map { _ in
        pieces[Int.random(in: pieces.indices, using: &random)]
      }
      .joined()
      if text(of: template, ["x": list]) != nil { renderedCount += 1 }
    }
    #expect((1000..<19_000).contains(renderedCount))
  }
}
