import Foundation
import Pipeline
import Reports
import Synchronization

/// Searches as they happen: a few lines for each draft, each trial and each result.
///
/// Prompts come from outside: what is shown of them goes through `TerminalText`, which lets no
/// control character out, and is shortened.
final class StepLines: Sendable {
  private struct Shown {
    var begun = 0
    var place: OptimizationReport.Place?
    var method: OptimizationMethod?
  }

  private let settings: OptimizeConfiguration
  private let inColor: Bool
  private let shown = Mutex(Shown())

  /// - Parameters:
  ///   - settings: What the searches compare scores with.
  ///   - inColor: Whether the lines get colours.
  init(_ settings: OptimizeConfiguration, inColor: Bool) {
    (self.settings, self.inColor) = (settings, inColor)
  }

  /// What there is to show of an event; nil where it is nothing. Searches may run at the same time: a
  /// heading tells where the lines go from one to another.
  func text(of event: OptimizationEvent) -> String? {
    shown.withLock { shown -> String? in
      switch event {
      case .began(let place, let searches, let prompt):
        shown.begun += 1
        (shown.place, shown.method) = (place, nil)
        return rendered([
          heading(of: place) + TerminalText(" (search \(shown.begun) of \(searches))"),
          TerminalText("  original  ", .faint) + TerminalText(shortened(prompt, to: 240)),
        ])
      case .search(let place, let method, let event):
        let happened = lines(of: event)
        return happened.isEmpty
          ? nil : rendered(turn(to: place, method.rawValue, &shown) + happened)
      case .judged(let place, let result):
        return rendered(turn(to: place, result.outcome.method, &shown) + lines(of: result))
      case .scored(let place, let method, let calls, let limit, let best):
        let most = limit.map { " of \($0)" } ?? ""
        let line = TerminalText("  \(calls)\(most) target calls, best \(score(best))", .faint)
        return rendered(turn(to: place, method.rawValue, &shown) + [line])
      case .failed(let place, let reason):
        (shown.place, shown.method) = (place, nil)
        return rendered([heading(of: place), TerminalText("  failed: \(reason)", .bad)])
      case .ended: return nil
      }
    }
  }

  private func rendered(_ lines: [TerminalText]) -> String {
    lines.map { $0.rendered(inColor: inColor) }.joined(separator: "\n")
  }

  private func heading(of place: OptimizationReport.Place) -> TerminalText {
    let number = settings.repeats > 1 ? ", repeat \(place.repetition)" : ""
    return TerminalText("\(place.target), \(place.task)\(number)", .strong)
  }

  /// A heading, where the last lines were about something else.
  private func turn(
    to place: OptimizationReport.Place, _ method: String, _ shown: inout Shown
  ) -> [TerminalText] {
    if shown.place == place && shown.method?.rawValue == method { return [] }
    (shown.place, shown.method) = (place, OptimizationMethod(rawValue: method))
    return [heading(of: place) + TerminalText(": \(method)", .strong)]
  }

  private func lines(of event: OptimizationReport.Event) -> [TerminalText] {
    switch event {
    case .began(let drafts):
      drafts.map { draft in
        let verdict = draft.isChosen ? TerminalText("  begins", .good) : TerminalText("")
        let text =
          draft.refusal.map { TerminalText("refused: \(words($0.rawValue))", .bad) }
          ?? TerminalText(shortened(draft.prompt, to: 240))
        let name = draft.source == .original ? "original" : "draft   "
        return TerminalText("  \(name)  \(score(draft.score))  ", .faint) + text + verdict
      }
    case .tried(let trial): lines(of: trial)
    case .ended: []
    }
  }

  private func lines(of trial: OptimizationReport.Trial) -> [TerminalText] {
    let place = "  step \(trial.step), trial \(trial.trial)"
    let probability = String(format: "%.3f", trial.probability)
    let change =
      trial.verdict == .nothingWritten
      ? TerminalText(shortened(trial.before, to: 160), .faint)
      : TerminalText(WordDiff(trial.before, trial.after), context: 60, limit: 160)
    return [
      TerminalText(place, .strong)
        + TerminalText("  part \(trial.part + 1), Pr \(probability)  ", .faint)
        + TerminalText(
          "\(trial.targetCalls) target + \(trial.generatorCalls) generator calls", .faint),
      TerminalText("    ") + change,
      TerminalText("    ") + verdict(of: trial) + measured(trial),
      TerminalText("    weights \(weights(trial.weights))", .faint),
    ]
  }

  private func verdict(of trial: OptimizationReport.Trial) -> TerminalText {
    switch trial.verdict {
    case .accepted: TerminalText("accepted", .good)
    case .belowGate: TerminalText("below the gate", .bad)
    case .belowGain: TerminalText("gain too small", .bad)
    case .nothingWritten: TerminalText("nothing written", .bad)
    case .refused: TerminalText("refused: \(words(trial.refusal?.rawValue ?? "duplicate"))", .bad)
    case .notScored: TerminalText("not scored: most calls failed", .bad)
    }
  }

  /// The gate and the gain, as far as they were asked for.
  private func measured(_ trial: OptimizationReport.Trial) -> TerminalText {
    var text = ""
    if let onFailures = trial.failureScore {
      let gate = settings.dualPhase.failureGate
      let sign = trial.verdict == .belowGate ? "<" : "≥"
      text += "; on \(trial.failures) failed: \(score(onFailures)) \(sign) \(gate)"
    }
    if let after = trial.validationScore, let gain = trial.gain {
      let needed = trial.neededGain > 0 ? "\(trial.neededGain)" : "any"
      text += "; validation: \(score(trial.currentScore)) → \(score(after)), "
      text += "gain \(String(format: "%+.3f", gain)) (\(needed) needed)"
    }
    return TerminalText(text)
  }

  /// The first ones, where there are many.
  private func weights(_ weights: [Double]) -> String {
    let most = 12
    let more = weights.count > most ? " … (\(weights.count) in all)" : ""
    return weights.prefix(most).map { String(format: "%.3f", $0) }.joined(separator: " ") + more
  }

  private func lines(of result: OptimizationReport.MethodResult) -> [TerminalText] {
    let outcome = result.outcome
    let (fresh, gain) = (result.fresh, result.overOriginal)
    return [
      TerminalText("  \(words(outcome.ending.rawValue))", .strong)
        + TerminalText(
          "; validation: \(score(outcome.initial)) → \(score(outcome.final)); "
            + "\(result.freshCount) fresh examples: \(interval(fresh.mean, fresh.low, fresh.high)), "
            + "over the original: \(difference(gain.mean, gain.low, gain.high)); "
            + "\(outcome.targetCalls) target calls, \(outcome.generatorCalls) generator calls")
    ]
  }
}

/// A name such as "nearDuplicate" in words: "near duplicate".
func words(_ name: String) -> String {
  String(name.flatMap { $0.isUppercase ? [" ", Character($0.lowercased())] : [$0] })
}
