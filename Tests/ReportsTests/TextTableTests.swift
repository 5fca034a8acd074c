import Reports
import Testing

@Suite struct TextTableTests {
  private var table: TextTable {
    var table = TextTable(columns: [.init("target", .left), .init("gain", .right)])
    table.add(["small", "0.06"])
    table.add(["日本", "-0.125"])
    return table
  }

  @Test func columnsAlign() {
    #expect(
      table.plainText() == """
        target    gain
        ──────  ──────
        small     0.06
        日本    -0.125

        """)
  }

  @Test func cellsAreOneLine() {
    var table = TextTable(columns: [.init("a", .left)])
    table.add(["1\n2"])
    #expect(table.plainText() == "a\n───\n1 2\n")
  }

  @Test func noRowsAndNoTrailingSpace() {
    #expect(TextTable(columns: [.init("a", .left)]).plainText() == "a\n─\n")
    for line in table.plainText().split(separator: "\n") { #expect(line.last != " ") }
  }

  @Test func widths() {
    #expect(displayWidth("abc") == 3)
    #expect(displayWidth("e\u{301}") == 1)
    #expect(displayWidth("한글") == 4)
    #expect(displayWidth("👩‍👩‍👧") == 2)
    #expect(displayWidth("") == 0)
  }

  @Test func wrongCellCountStops() async {
    await #expect(processExitsWith: .failure) {
      var table = TextTable(columns: [.init("a", .left)])
      table.add(["1", "2"])
    }
  }

  @Test func markdown() {
    #expect(
      table.markdown(cellLimit: 5) == """
        | targ… | gain |
        | :--- | ---: |
        | small | 0.06 |
        | 日本 | -0.1… |

        """)
  }

  @Test func markdownShowsCellsAsTheyAre() {
    var table = TextTable(columns: [.init("a", .left)])
    table.add(["{{x}} | `y`\\ <b>*&_[~"])
    #expect(
      table.markdown(cellLimit: 100) == """
        | a |
        | :--- |
        | {{x}} &#124; &#96;y&#96;&#92; &#60;b&#62;&#42;&#38;&#95;&#91;&#126; |

        """)
  }
}
