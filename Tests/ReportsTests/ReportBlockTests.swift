import Reports
import TestSupport
import Testing

@Suite struct ReportBlockTests {
  /// What a section shows of one block.
  private func html(_ block: ReportBlock) -> String {
    let section = ReportSection(id: "a", title: "A", blocks: [block])
    let page = ReportPage(
      title: "T", subtitle: "", facts: [], sections: [section], footer: "")
    let parts = page.html().split(separator: "</h2>")
    return String(parts.last?.split(separator: "</section>").first ?? "")
  }

  @Test func table() {
    var table = ReportTable(
      caption: "Scores",
      columns: [
        .init("task", .left), .init("F", .right, explanation: "original"), .init("M", .right),
      ])
    table.add([.init("a<b"), .number(0.5, decimals: 2), .number(-0.125, decimals: 2)])
    table.add([.init("c"), .number(nil, decimals: 2), .number(0.25, decimals: 2)])
    table.markBestInRows(among: [1, 2])
    #expect(
      html(.table(table))
        == #"""
        <figure class="table"><figcaption>Scores</figcaption>
        <div class="scroll" tabindex="0" role="region" aria-label="Scores"><table>
        <thead><tr><th scope="col">task</th>
        <th scope="col" class="number" title="original">F</th>
        <th scope="col" class="number">M</th></tr></thead>
        <tbody><tr><th scope="row">a&lt;b</th><td class="number"><strong>0.50</strong></td>
        <td class="number">−0.12</td></tr>
        <tr><th scope="row">c</th><td class="number">–</td>
        <td class="number"><strong>0.25</strong></td></tr></tbody></table></div>
        <dl class="legend"><div><dt>F</dt><dd>original</dd></div>
        <div><dt>bold</dt><dd>The highest of those compared.</dd></div></dl></figure>
        """#.replacing("\n", with: ""))
  }

  /// A few words stay on one line; many are set in lines, and a wide table is set small on paper.
  @Test func wordsAndColumns() {
    let sentence = "What this one holds is not said in a word."
    func shown(columns: Int) -> String {
      var table = ReportTable(
        caption: "", columns: (0..<columns).map { .init("c\($0)", .left) })
      table.add((0..<columns).map { .init($0 == 1 ? sentence : "amber with itself") })
      return html(.table(table))
    }
    #expect(shown(columns: 2).contains("<td class=\"long\">\(sentence)</td>"))
    #expect(shown(columns: 2).contains("<th scope=\"row\">amber with itself</th>"))
    #expect(shown(columns: 4).contains("<figure class=\"table\">"))
    #expect(shown(columns: 6).contains("<figure class=\"table wide\">"))
  }

  @Test func estimatesWithAndWithoutSign() {
    func shown(signed: Bool) -> String {
      let row = IntervalChart.Row("a", .init(mean: 0.797, low: 0.5, high: 0.9))
      return html(
        .intervalChart(
          IntervalChart(
            title: "", explanation: "", axisLabel: "", rows: [row], zero: 0, signed: signed,
            decimals: 3)))
    }
    #expect(shown(signed: true).contains(">+0.797 (+0.500 … +0.900)<"))
    #expect(shown(signed: false).contains(">0.797 (0.500 … 0.900)<"))
  }

  /// Three values are three dots in the middle; four have a bar and a median.
  @Test func fewValuesAreDots() {
    func shown(_ values: [Double], explanation: String = "") -> String {
      html(
        .stripChart(
          StripChart(
            title: "", explanation: explanation, axisLabel: "", series: ["s"],
            rows: [.init("", [values])])))
    }
    let few = shown([0.1, 0.2, 0.3])
    #expect(!few.contains("class=\"median\"") && !few.contains("class=\"box\""))
    #expect(few.split(separator: "cy=\"14\"").count == 4)
    let more = shown([0.1, 0.2, 0.3, 0.4])
    #expect(more.contains("class=\"median\"") && more.contains("class=\"box\""))
    #expect(more.contains("Each dot is one value"))
    #expect(!shown([0.1], explanation: "A dot a prompt.").contains("Each dot"))
  }

  @Test func noBestAmongNothing() {
    var table = ReportTable(caption: "", columns: [.init("", .left), .init("n", .right)])
    table.add([.init(""), .number(nil, decimals: 0)])
    table.markBestInRows(among: [1])
    #expect(!table.rows[0][1].isBest)
  }

  @Test func changesAreMarked() {
    let diff = TextDiff(
      title: "", before: "Is the text good?", after: "Is the review good?\nAnswer:", facts: [])
    let shown = html(.diffs([diff]))
    #expect(shown.contains("Is the <del>text</del> <ins>review</ins> good?<ins>↵\nAnswer:</ins>"))
  }

  @Test func longChangesAreShortened() {
    let same = String(repeating: "word ", count: 2_000)
    let shown = html(
      .diffs([TextDiff(title: "", before: same + "old", after: same + "new", facts: [])]))
    #expect(shown.contains("<del>old</del><ins>new</ins>"))
    #expect(shown.contains("Both texts"))
    #expect(shown.utf8.count < 12_000)
  }

  @Test func explanationsComeOnce() {
    let fact = ReportFact("gate", "0.4", explanation: "Share of failures that are solved.")
    let step = SearchStep(
      label: "1.1", verdict: "accepted", isAccepted: true, before: "a", after: "b",
      facts: [fact], weights: [.init("a", 1), .init("b", .nan)], weightsTitle: "weights")
    let shown = html(.steps([step, step]))
    #expect(shown.split(separator: "Share of failures").count == 2)
    #expect(shown.contains("<details open=\"open\">"))
  }

  @Test func curvesAreInterruptedAndBounded() {
    let points = (0..<5_000).map { step in
      LineChart.Point(x: Double(step), y: step == 2_500 ? .infinity : Double(step % 7))
    }
    let chart = LineChart(
      title: "loss", explanation: "", xLabel: "step", yLabel: "nats",
      series: [.init(name: "a", points: points)])
    let shown = html(.lineCharts([chart]))
    #expect(shown.split(separator: "<path").count == 3)  // two parts
    #expect(shown.utf8.count < 10_000)
    #expect(!shown.contains("inf") && !shown.contains("nan"))
  }

  /// Whatever the numbers, the page can be drawn: no coordinate is anything but a number.
  @Test func oddNumbers() {
    let odd = [0, -0.0, 1e-300, -1e300, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, 1e15]
    for first in odd {
      for last in odd {
        for block in charts(of: [first, last]) {
          let shown = html(block)
          #expect(!shown.contains("nan") && !shown.contains("inf%") && !shown.contains("\"inf"))
        }
      }
    }
    for block in charts(of: []) { #expect(html(block).contains("figcaption")) }
  }

  private func charts(of values: [Double]) -> [ReportBlock] {
    let line = LineChart(
      title: "", explanation: "", xLabel: "", yLabel: "",
      series: [.init(name: "", points: values.map { .init(x: $0, y: $0) })])
    let strips = StripChart(
      title: "", explanation: "", axisLabel: "", series: [""], rows: [.init("", [values])])
    let interval = ReportInterval(mean: values.first ?? 0, low: -1, high: values.last ?? 0)
    let intervals = IntervalChart(
      title: "", explanation: "", axisLabel: "", rows: [.init("", interval)], zero: 0, decimals: 2)
    let map = HeatMap(
      title: "", explanation: "", rowTitle: "", columnTitle: "", rows: [""],
      columns: values.map { _ in "" }, values: [values], decimals: 2)
    return [.lineCharts([line]), .stripChart(strips), .intervalChart(intervals), .heatMap(map)]
  }

  @Test func accentsDoNotPileUp() {
    let text = "e" + String(repeating: "\u{301}", count: 13)
    let circles = html(.text(text)).unicodeScalars.count { $0 == "\u{25CC}" }
    #expect(circles == 2)
    #expect(html(.text("e\u{301}\u{302}")) == "<p>e\u{301}\u{302}</p>")
  }

  @Test func heatMapScale() {
    let map = HeatMap(
      title: "", explanation: "", rowTitle: "", columnTitle: "", rows: ["a"],
      columns: ["p", "q", "r", "s"], values: [[-0.1, 0, 0.3, nil]], decimals: 1)
    let shown = html(.heatMap(map))
    #expect(
      shown.contains(
        #"<td class="q0">−0.1</td><td class="q2">0.0</td><td class="q8">0.3</td><td>–</td>"#))
  }

  @Test func numbers() {
    #expect(numberText(0.424, decimals: 2) == "0.42")
    #expect(numberText(-1.5, decimals: 2) == "−1.50")
    #expect(numberText(0.0612, decimals: 3, signed: true) == "+0.061")
    #expect(numberText(-0.0004, decimals: 3, signed: true) == "0.000")
    #expect(numberText(9_999, decimals: 0) == "9999")
    #expect(numberText(-12_345.67, decimals: 1) == "−12\u{202F}345.7")
    #expect(numberText(.nan, decimals: 1) == "–")
    #expect(numberText(-1.5e18, decimals: 1) == "−1.5e+18")
    #expect(countText(1_234_567) == "1\u{202F}234\u{202F}567")
    #expect(countText(.min).hasPrefix("−9\u{202F}223"))
    let interval = ReportInterval(mean: 0.06, low: -0.02, high: 0.1)
    #expect(interval.text(decimals: 2, signed: true) == "+0.06 (−0.02 … +0.10)")
    #expect(interval.text(decimals: 1, signed: false) == "0.1 (0.0 … 0.1)")
  }
}
