import Jinja
import Tasks
import Testing

@Suite struct JinjaRecordTests {
  @Test func recordsKeepTheirTypes() throws {
    let record: Record = [
      "a": .null, "b": .bool(true), "c": .integer(2), "d": .number(2), "e": .text("x"),
      "f": .list([.integer(1), .text("y")]), "g": .object(["k": .null, "j": .integer(0)]),
    ]
    let values = try record.mapValues { try JinjaValue($0) }
    let template = try JinjaTemplate("{{ [a, b, c, d, e, f, g] }} {{ g.k is none }}")
    #expect(
      try template.rendered(values)
        == "[None, True, 2, 2.0, 'x', [1, 'y'], {'j': 0, 'k': None}] True")
  }
}
