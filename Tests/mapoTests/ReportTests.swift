import Foundation
import TestSupport
import Testing

/// `mapo report`: one file for a browser, whatever the run holds.
@Suite(.serialized) struct ReportTests {
  /// A run to its end, made once.
  private static let finished = Task {
    let world = try await TrainedWorld.world()
    let done = try await world.mapo("run", "tiny.yaml", "--run", "reported", "--json")
    try #require(done.status == 0, "\(done.errors)")
    return world
  }

  private func page(_ world: TinyWorld, _ run: String) async throws -> String {
    let written = try await world.mapo("report", run)
    try #require(written.status == 0, "\(written.errors)")
    return try world.text("\(run)/report.html")
  }

  /// A copy of the finished run.
  private func copy(_ world: TinyWorld, _ name: String) throws {
    try FileManager.default.copyItem(at: world.url("reported"), to: world.url(name))
  }

  @Test func aFinishedRunIsOneSelfContainedFile() async throws {
    let world = try await Self.finished.value
    let written = try await world.mapo("report", "reported", "--json")
    try #require(written.status == 0, "\(written.errors)")
    let json = try #require(
      JSONSerialization.jsonObject(with: Data(written.output.utf8)) as? [String: Any])
    #expect(Set(json.keys) == ["path", "bytes", "missing", "notes"])
    let page = try world.text("reported/report.html")
    #expect(json["bytes"] as? Int == page.utf8.count && page.utf8.count < 2 << 20)
    #expect((json["missing"] as? [String])?.count == 2, "optimize and study have not run")
    #expect((json["notes"] as? [String])?.isEmpty == true)
    for anchor in [
      "summary", "evaluation", "held-out", "scores", "transfer", "rewrites", "training", "calls",
      "settings",
    ] {
      #expect(page.contains("id=\"s-\(anchor)\""), "\(anchor)")
    }
    #expect(!page.contains(world.folder.path), "where it was made is nobody's business")
    try checkReferences(page)
    // The same folder gives the same page.
    #expect(try await self.page(world, "reported") == page)
  }

  @Test func aRunThatHasJustBegunSaysWhatIsMissing() async throws {
    let world = try await Self.finished.value
    try world.write(try world.text("reported/run.json"), to: "new/run.json")
    let written = try await world.mapo("report", "new", "--output", "new.html")
    #expect(written.status == 0, "\(written.errors)")
    #expect(written.output.hasPrefix("Report: new.html, "))
    #expect(written.output.contains("no evaluation: mapo evaluate makes it"))
    #expect(written.output.contains("not finished: dataset-amber, "))
    #expect(try world.text("new.html").contains("The evaluation is not finished."))
    #expect(try names(in: world.url("new")) == ["run.json"], "nothing but the output is written")
  }

  @Test func whatIsNoRunIsRefused() async throws {
    let world = try await Self.finished.value
    for (folder, path) in [("tasks", "tasks"), ("nowhere", "nowhere")] {
      let refused = try await world.mapo("report", folder)
      #expect(refused.status == 2 && refused.output.isEmpty)
      #expect(
        refused.lastError
          == "Error: \(world.url(path).path) is not a run folder: it has no readable run.json")
    }
    #expect(try await world.mapo("report").status == 2)
    let unwritable = try await world.mapo("report", "reported", "--output", "no/such/report.html")
    #expect(unwritable.status == 1)
    #expect(
      unwritable.lastError.hasPrefix("Error: cannot write the report 'no/such/report.html': "))
  }

  /// Texts of prompts are shown, and are never markup.
  @Test func hostilePromptsChangeNothing() async throws {
    let world = try await Self.finished.value
    let before = try await page(world, "reported")
    try copy(world, "hostile")
    let lines = try world.text("hostile/rewrites.jsonl").split(separator: "\n")
    let texts = [
      "</style></script><script>alert(1)</script><img src=http://evil.example onerror=alert(2)>",
      "\" onmouseover=\"alert(3)\" x='", "]]><!-- \u{0} \u{1B}[31m \u{202E}dlrow\u{2028}",
      String(repeating: "<b>", count: 33_334),
    ]
    let spoilt = try lines.enumerated().map { index, line in
      var row = try #require(
        JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      row["original"] = texts[index % texts.count]
      row["rewritten"] = texts[(index + 1) % texts.count]
      row["reason"] = texts[index % texts.count]
      row["heldOut"] = texts[(index + 1) % texts.count]
      return String(decoding: try JSONSerialization.data(withJSONObject: row), as: UTF8.self)
    }
    try world.write(spoilt.joined(separator: "\n") + "\n", to: "hostile/rewrites.jsonl")
    let evaluation = try world.text("hostile/evaluation.json")
    try world.write(
      evaluation.replacingOccurrences(of: "\"task\" : \"", with: "\"task\" : \"<script>alert(1)")
        .replacingOccurrences(of: "\"accuracy\"", with: "\"<img src=x onerror=alert(2)>\""),
      to: "hostile/evaluation.json")
    let after = try await page(world, "hostile")
    #expect(after.utf8.count < 2 << 20)
    #expect(after.contains("&lt;script&gt;alert(1)"))
    for tag in ["<script", "<style", "<img", "<section", "<table", "<svg", "onerror=\"", "onmouse"]
    {
      #expect(count(tag, in: tags(of: after)) == count(tag, in: tags(of: before)), "\(tag)")
    }
    try checkReferences(after)
  }

  @Test func damagedFilesAreNamed() async throws {
    let world = try await Self.finished.value
    try copy(world, "damaged-report")
    try world.write("{", to: "damaged-report/evaluation.json")
    try world.write(
      try world.text("damaged-report/log.jsonl").dropLast(40) + "", to: "damaged-report/log.jsonl")
    let written = try await world.mapo("report", "damaged-report")
    #expect(written.status == 0, "\(written.errors)")
    #expect(
      written.output.contains("evaluation.json is damaged, or of another version of the program"))
    #expect(written.output.contains("log.jsonl: 1 damaged line left out"))
    #expect(!written.output.contains("no evaluation"))
    let page = try world.text("damaged-report/report.html")
    #expect(page.contains("evaluation.json could not be read: the summary says why."))
  }

  /// What the page says is what the files say.
  @Test func numbersAreThoseOfTheirSources() async throws {
    let world = try await Self.finished.value
    let page = try await page(world, "reported")
    let evaluation = try #require(
      JSONSerialization.jsonObject(with: Data(world.text("reported/evaluation.json").utf8))
        as? [String: Any])
    let rows = try #require(evaluation["summary"] as? [[String: Any]])
    #expect(!rows.isEmpty)
    for row in rows {
      for key in ["original", "constant", "lookup", "sft", "mapo"] {
        let score = try #require(row[key] as? Double)
        #expect(page.contains(String(format: "%.3f", score)), "\(key)")
      }
    }
    #expect(!page.contains("harmed for sure") && !page.contains("chance explains"))
    #expect(!page.contains("99999"), "shortest digits of every setting")
  }

  /// A study alone has trained nothing.
  @Test func aStudyAloneIsReportedAsOne() async throws {
    let world = try await Self.finished.value
    let studied = try await world.mapo(
      "study", "tiny.yaml", "--run", "asked", "--set", "study.examples=4", "--set",
      "study.halvings=2", "--set", "study.resamples=20", "--set", "study.twins=[]")
    try #require(studied.status == 0, "\(studied.errors)")
    let written = try await world.mapo("report", "asked")
    #expect(written.output.contains("no rewriter: mapo run trains one for each target"))
    #expect(!written.output.contains("not finished"))
    let page = try world.text("asked/report.html")
    #expect(page.contains("No rewriter has been trained in this folder"))
    #expect(page.contains("mapo study again.yaml") && !page.contains("mapo run again.yaml"))
    #expect(!page.contains("id=\"s-training\"") && page.contains("id=\"s-study\""))
  }

  /// The page is an extra: what the run found is printed without it.
  @Test func aRunWhosePageCannotBeWrittenSucceeds() async throws {
    let world = try await Self.finished.value
    try copy(world, "pageless")
    try FileManager.default.removeItem(at: world.url("pageless/report.html"))
    try world.write("", to: "pageless/report.html/file")
    let done = try await world.mapo("run", "tiny.yaml", "--run", "pageless", "--resume")
    #expect(done.status == 0, "\(done.errors)")
    #expect(done.output.contains("Rewriters: pageless/export/"))
    #expect(done.lastError.hasPrefix("warning: cannot write the report 'pageless/report.html': "))
  }

  // MARK: What is checked

  /// Everything that the page refers to is in it.
  private func checkReferences(_ page: String) throws {
    for attribute in [#"src=""#, #"href=""#, "url("] {
      for part in page.components(separatedBy: attribute).dropFirst() {
        #expect(part.hasPrefix("#") || part.hasPrefix("data:"), "\(part.prefix(60))")
      }
    }
    #expect(!page.contains("@import"))
  }

  /// The page's tags alone, without the texts between them.
  private func tags(of page: String) -> String {
    page.split(separator: ">").compactMap { part in
      part.lastIndex(of: "<").map { String(part[$0...]) }
    }.joined(separator: ">")
  }

  private func count(_ word: String, in text: String) -> Int {
    text.components(separatedBy: word).count - 1
  }
}
