import Pipeline
import Reports

// What was asked, what it cost, and what failed.
extension RunReport {
  var callSection: ReportSection {
    guard let dataset = record.dataset else {
      return pending(
        "calls", "Calls and cost",
        record.unreadable.contains(.store)
          ? "The store could not be read: the summary says why." : "No target has been asked.")
    }
    var blocks: [ReportBlock] = [.table(spendingTable(dataset.spending))]
    blocks.append(.table(purposeTable))
    blocks.append(.heading("Failures"))
    blocks.append(
      dataset.failures.isEmpty
        ? .text("Every call has been answered.") : .table(failureTable(dataset.failures)))
    blocks.append(.table(datasetTable(dataset.targets)))
    blocks.append(
      .details(
        summary: "Stages, one by one: \(durationText(totalSeconds ?? 0)) altogether",
        blocks: [.table(timeTable)]))
    return ReportSection(
      id: "calls", title: "Calls, cost and time",
      lead: "Every answer is stored and never asked for twice: the ledger counts what was sent, "
        + "the store what came of it.",
      blocks: blocks,
      notes: [
        "Money is in the unit of the configured prices; “–” stands where nothing has a price."
      ])
  }

  private func spendingTable(_ days: [DatasetReport.Spending]) -> ReportTable {
    var table = ReportTable(
      caption: "The ledger, by day",
      columns: [
        .init("day", .left, explanation: "In universal time (UTC)."),
        .init(
          "spent on", .left,
          explanation: "target: answers that are scored; generator: what writes candidates; judge: "
            + "rewards from outside."),
        .init(
          "calls", .right,
          explanation: "Sent, repeated attempts included, and those set aside when a run was "
            + "killed."),
        .init("tokens", .right, explanation: "Read and written."), .init("money", .right),
      ])
    for day in days {
      table.add([
        .init(day.day), .init(day.party), .count(day.calls), .count(day.tokens),
        money(day.money),
      ])
    }
    return table
  }

  private var purposeTable: ReportTable {
    var table = ReportTable(
      caption: "Stored results of the targets, by what they were asked for",
      columns: [
        .init("target", .left),
        .init(
          "purpose", .left,
          explanation: "search: to choose among candidates, for the dataset and by optimize; "
            + "fresh: to measure their choice on other examples; evaluation: held-out prompts, and "
            + "all that a study asks; reward: what a rewriter in training tried."),
        .init("answered", .right),
        .init(
          "no answer", .right,
          explanation: "Of the answered: texts in which no answer was found. They count, with the "
            + "score that the metric gives them."),
        .init("failed", .right, explanation: "Calls without a text; they have no score."),
        .init("tokens", .right, explanation: "Read and written."), .init("money", .right),
      ])
    for row in record.purposes {
      table.add([
        .init(row.target), .init(row.purpose.rawValue), .count(row.answered),
        .count(row.unanswered), .count(row.failed), .count(row.tokens),
        money(row.cost),
      ])
    }
    return table
  }

  private func money(_ sum: Double) -> ReportTable.Cell {
    .number(sum > 0 ? sum : nil, decimals: 4)
  }

  private func failureTable(_ failures: [DatasetReport.Failures]) -> ReportTable {
    var table = ReportTable(
      caption: "Failed calls by reason, the most frequent of each target",
      columns: [.init("target", .left), .init("reason", .left), .init("calls", .right)])
    for failure in failures {
      table.add([.init(failure.target), .init(failure.reason), .count(failure.count)])
    }
    return table
  }

  private func datasetTable(_ targets: [DatasetSummary]) -> ReportTable {
    var table = ReportTable(
      caption: "What each target's dataset holds",
      columns: [
        .init("target", .left),
        .init(
          "originals", .right,
          explanation: "Training prompts that better ones were sought "
            + "for."),
        .init("candidates", .right, explanation: "Different prompts that were compared."),
        .init(
          "unbeaten", .right,
          explanation: "Originals that nothing beat: they teach to leave good "
            + "alone."),
        .init(
          "tied", .right,
          explanation: "Share of candidates that cannot be told from their original: the "
            + "difference is within one standard error."),
        .init(
          "gain (search)", .right,
          explanation: "Mean gain of the chosen prompts on the examples they were chosen by."),
        .init(
          "gain (fresh)", .right,
          explanation: "The same on other examples. The difference is luck that the choice of the "
            + "best mistook for skill."),
        .init("seconds a call", .right, explanation: "Mean time from question to answer."),
      ])
    for row in targets {
      table.add([
        .init(row.target), .count(row.originals), .count(row.candidates), .count(row.kept),
        .number(row.tiedShare, decimals: 2),
        .number(row.searchGain, decimals: 3, signed: true),
        .number(row.freshGain, decimals: 3, signed: true),
        .number(row.secondsPerCall, decimals: 4),
      ])
    }
    return table
  }

  private var timeTable: ReportTable {
    var table = ReportTable(
      caption: "Stages of the run",
      columns: [
        .init("stage", .left),
        .init("for", .left, explanation: "Target or rewriter; empty for a stage that all share."),
        .init(
          "time", .right,
          explanation: "Of the process that finished it; one that was killed before is not in it."),
      ])
    for stage in record.stages {
      let seconds = stage.summary?["seconds"]
      table.add([
        .init(stage.source.stage.rawValue), .init(stage.source.part ?? ""),
        .init(
          stage.summary == nil ? "not finished" : seconds.map(durationText) ?? "–", value: seconds),
      ])
    }
    return table
  }
}
