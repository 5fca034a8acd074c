/// One trial of a search: a sentence is revised, and the revision judged.
public struct SearchStep: Equatable, Sendable {
  /// A sentence and how much the search favours it.
  public struct Weight: Equatable, Sendable {
    /// The sentence.
    public var text: String
    /// Its weight, or how probable it is; not negative.
    public var value: Double

    /// A sentence's weight.
    public init(_ text: String, _ value: Double) { (self.text, self.value) = (text, value) }
  }

  /// Which one, such as "1.2": step and trial.
  public var label: String
  /// How it ended, in words.
  public var verdict: String
  /// Whether the revision was kept; such trials are shown open.
  public var isAccepted: Bool
  /// The sentence before and after.
  public var before, after: String
  /// Gate, scores, calls so far.
  public var facts: [ReportFact]
  /// The sentences' weights after the trial; empty for none.
  public var weights: [Weight]
  /// What the weights are, in plain words.
  public var weightsTitle: String

  /// Describes a trial.
  public init(
    label: String, verdict: String, isAccepted: Bool, before: String, after: String,
    facts: [ReportFact], weights: [Weight], weightsTitle: String
  ) {
    (self.label, self.verdict, self.isAccepted) = (label, verdict, isAccepted)
    (self.before, self.after, self.facts) = (before, after, facts)
    (self.weights, self.weightsTitle) = (weights, weightsTitle)
  }
}

extension SearchStep {
  /// The trial: open where its revision was kept.
  var html: HTML {
    HTML("li", ["class": isAccepted ? "accepted" : nil]) {
      HTML("details", ["open": isAccepted ? "open" : nil]) {
        HTML("summary") {
          HTML("span", ["class": "badge"]) { HTML(label: label) }
          HTML("span", ["class": "verdict"]) { (isAccepted ? "✓ " : "✗ ") + verdict }
        }
        HTML(inline: facts)
        HTML(changesFrom: before, to: after)
        if !weights.isEmpty { weightBars }
      }
    }
  }

  private var weightBars: HTML {
    let most = weights.map(\.value).filter(Axis.isDrawn).max() ?? 0
    return HTML("div", ["class": "weights"]) {
      HTML("p", ["class": "note"]) { HTML(label: weightsTitle) }
      HTML("ul") {
        for weight in weights.prefix(30) {
          HTML("li") {
            HTML("span", ["class": "amount"]) { numberText(weight.value, decimals: 3) }
            HTML("svg", ["width": "60", "height": "8", "aria-hidden": "true"]) {
              HTML(
                "rect",
                [
                  "width": coordinate(most > 0 ? 60 * min(max(weight.value / most, 0), 1) : 0),
                  "height": "8", "rx": "2",
                ])
            }
            HTML("span") { HTML(label: ClippedText(weight.text, limit: 90).shown) }
          }
        }
      }
    }
  }
}

extension HTML {
  /// Trials one after another, and what their numbers mean.
  init(steps: [SearchStep]) {
    self.init {
      HTML("ol", ["class": "steps"]) { for step in steps { step.html } }
      HTML(legend: explanations(of: steps.flatMap(\.facts)))
    }
  }
}
