import Foundation
import Reports
import TestSupport
import Testing

@Suite struct ReportPageTests {
  /// What breaks pages that are put together carelessly.
  private static let hostile = [
    "<script>alert(1)</script>", "</style></script><b>", "\"onload=\"alert(1)", "' onclick='x",
    "]]>", "<!--", "&amp;&lt;&#0;", "{{text}}", "\u{0}\u{1B}[31m\u{7F}\u{85}\u{FFFE}\u{FFFF}",
    "\u{202E}gnp.exe\u{2066}\u{200F}", "a\u{2028}b\u{2029}c\r\nd\te",
    "e" + String(repeating: "\u{301}", count: 5000), "日本語 العربية 👩‍👩‍👧",
    String(repeating: "<", count: 1_000), "javascript:alert(1)",
  ]

  /// As long as a text, and with nothing in it that could be markup. Parentheses stay: they set a
  /// number's interval apart.
  private static func harmless(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0 == "(" || $0 == ")" || $0 == "\n" ? $0 : "x" }))
  }

  @Test(arguments: hostile)
  func textIsNeverMarkup(_ text: String) {
    let page = PageStructure(samplePage { _ in text }.html())
    #expect(page.error == nil)
    #expect(page.isLike(samplePage { _ in Self.harmless(text) }.html()))
    let beginning = visible(String(text.unicodeScalars.prefix(5)), onOneLine: true)
    #expect(page.text.utf8.contains(beginning.utf8))
  }

  @Test func aLineOf100KilobytesChangesNothing() {
    let line = String(repeating: "<x>", count: 33_000)
    let html = samplePage { $0.hasPrefix("###") ? line : $0 }.html()
    #expect(html.utf8.count < 200_000)
    #expect(PageStructure(html).error == nil)
    let short = samplePage { $0.hasPrefix("###") ? String(line.prefix(5_000)) : $0 }.html()
    #expect(PageStructure(html).isLike(short))
  }

  @Test func randomTextIsNeverMarkup() {
    var random = SeededGenerator(seed: 3)
    let alphabet = Array("<>&\"'/=!-[]();#x \n\u{0}\u{B}\u{202E}\u{2028}é日\u{301}".unicodeScalars)
    for _ in 0..<4 {
      let scalars = (0..<Int.random(in: 1...900, using: &random)).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
      }
      let text = String(String.UnicodeScalarView(scalars))
      let page = PageStructure(samplePage { _ in text }.html())
      #expect(page.error == nil)
      #expect(page.isLike(samplePage { _ in Self.harmless(text) }.html()))
    }
  }

  @Test func asksForNothingElse() {
    let page = PageStructure(samplePage().html())
    #expect(page.error == nil)
    for attribute in page.attributes {
      #expect(attribute.name != "src" && !attribute.name.hasPrefix("on"))
      if attribute.name == "href" { #expect(attribute.value.hasPrefix("#")) }
    }
    #expect(!samplePage().html().contains("url("))
    #expect(!samplePage().html().contains("://"))
  }

  @Test func linksLeadSomewhere() {
    var page = samplePage()
    page.sections += page.sections
    page.sections[0].id = "a \"b\"<é"
    #expect(Set(page.anchors).count == page.sections.count)
    #expect(page.anchors[0] == "s-a--b---")
    let attributes = PageStructure(page.html()).attributes
    let ids = attributes.filter { $0.name == "id" }.map(\.value)
    #expect(Set(ids).count == ids.count)
    for link in attributes where link.name == "href" {
      #expect(ids.contains(String(link.value.dropFirst())))
    }
  }

  @Test func headingsAreInOrder() {
    let marks = PageStructure(samplePage().html()).marks
    let levels = marks.compactMap { mark in
      mark.hasPrefix("<h") ? mark.dropFirst(2).first.flatMap { Int(String($0)) } : nil
    }
    #expect(levels.first == 1 && levels.filter { $0 == 1 }.count == 1)
    for (level, next) in zip(levels, levels.dropFirst()) { #expect(next <= level + 1) }
  }

  @Test func sizeIsBounded() {
    let long = String(repeating: "word <b> & more\n", count: 6_000)
    var table = ReportTable(
      caption: long, columns: [.init(long, .left, explanation: long), .init("n", .right)])
    for row in 0..<400 { table.add([.init(long), .count(row)]) }
    let points = (0..<20_000).map { LineChart.Point(x: Double($0), y: sin(Double($0))) }
    let series = (0..<9).map { LineChart.Series(name: "\($0)", points: points) }
    let chart = LineChart(
      title: long, explanation: long, xLabel: long, yLabel: long, series: series)
    let strips = StripChart(
      title: "", explanation: "", axisLabel: "", series: ["a", "b"],
      rows: (0..<90).map { .init("\($0)", [points.prefix(900).map(\.y), []]) })
    let map = HeatMap(
      title: "", explanation: "", rowTitle: "", columnTitle: "",
      rows: Array(repeating: "r", count: 200), columns: Array(repeating: "c", count: 200),
      values: Array(repeating: Array(repeating: 0.5, count: 200), count: 200), decimals: 2)
    for block: ReportBlock in [
      .table(table), .lineCharts([chart]), .stripChart(strips), .heatMap(map),
    ] { #expect(size([block]) < 320_000) }
    #expect(size([.quotation(title: long, text: long), .text(long)]) < 60_000)

    let page = size(Array(repeating: .quotation(title: "", text: long), count: 600))
    #expect((ReportPage.byteLimit / 2..<ReportPage.byteLimit + 100_000).contains(page))
  }

  private func size(_ blocks: [ReportBlock]) -> Int {
    ReportPage(
      title: "", subtitle: "", facts: [],
      sections: [.init(id: "", title: "", blocks: blocks)], footer: ""
    ).html().utf8.count
  }

  @Test func whatDoesNotFitIsCounted() {
    let text = String(repeating: "x", count: 4_000)
    let steps = Array(
      repeating: TextDiff(title: "", before: text, after: text, facts: []), count: 500)
    let section = ReportSection(
      id: "", title: "", blocks: [.diffs(steps), .text("small"), .diffs(steps)])
    let page = ReportPage(title: "", subtitle: "", facts: [], sections: [section], footer: "")
    let html = page.html()
    #expect(html.contains("1 parts of this section") || html.contains("2 parts of this section"))
    #expect(html.contains("small"))
  }

  /// The policy names the script by its hash: whoever changes it sees the new one here.
  @Test func policyKnowsTheScript() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["sh", "-c", "sha256sum 2>/dev/null || shasum -a 256"]
    let (input, output) = (Pipe(), Pipe())
    (process.standardInput, process.standardOutput) = (input, output)
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(PageScript.source.utf8))
    try input.fileHandleForWriting.close()
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let digits = Array(String(decoding: printed.prefix(64), as: UTF8.self))
    let bytes = stride(from: 0, to: 64, by: 2).compactMap {
      UInt8(String(digits[$0...$0 + 1]), radix: 16)
    }
    #expect(PageScript.hash == "sha256-" + Data(bytes).base64EncodedString())
  }
}
