import PromptSearch
import Tasks

/// The prompts of a task, all different: rewordings of its contents' plain prompts, spread evenly
/// over frames and contents.
///
/// Each round has one prompt in every frame. Ordinary rounds take the contents in turn and avoid
/// held-out wordings; two rounds have one or two held-out wordings each, and two have held-out
/// content.
struct PromptPool {
  static let ordinaryRounds = 6
  static let heldOutWordingRounds = 2
  static let heldOutContentRounds = 2
  private static let tries = 1000

  let grammar: PromptGrammar
  let task: any TaskGrammar

  func prompts(using generator: inout some RandomNumberGenerator) -> [Prompt] {
    let held = HeldOutTexts(wordings: task.heldOut.wordings)
    let trained = task.contents.filter { !task.heldOut.contents.contains($0.name) }
    let untrained = task.contents.filter { task.heldOut.contents.contains($0.name) }
    let rounds =
      Array(repeating: (trained, false), count: Self.ordinaryRounds)
      + Array(repeating: (trained, true), count: Self.heldOutWordingRounds)
      + Array(repeating: (untrained, false), count: Self.heldOutContentRounds)
    var known = NearDuplicateIndex()
    var prompts: [Prompt] = []
    for (round, (contents, hasHeldOutWording)) in rounds.enumerated() {
      for frame in 0..<grammar.count(of: .frame) {
        let content = contents[(round + frame) % contents.count]
        var text = ""
        // A phrase book with few values may not have that many different prompts.
        for _ in 0..<Self.tries {
          text = draw(
            content, frame: frame, heldOut: held, hasHeldOutWording: hasHeldOutWording,
            using: &generator)
          if !known.contains(text) { break }
        }
        known.insert(text)
        prompts.append(
          prompt(text, content: content, family: "\(task.name)-\(prompts.count + 1)"))
      }
    }
    return prompts
  }

  private func prompt(_ text: String, content: TaskContent, family: String) -> Prompt {
    Prompt(
      text: text, family: family, style: grammar.style(of: grammar.parse(text)),
      content: content.name, answer: content.answer, labels: content.labels,
      required: content.required)
  }

  private func draw(
    _ content: TaskContent, frame: Int, heldOut: HeldOutTexts, hasHeldOutWording: Bool,
    using generator: inout some RandomNumberGenerator
  ) -> String {
    var form = grammar.parse(content.prompt)
    var withheld: [(role: Role, value: Int)] = []
    for role in form.roles where role != .frame {
      var values: [Int] = []
      for value in 0..<grammar.count(of: role) {
        if heldOut.hasWording(in: grammar.phrasebook.phrase(of: role, value: value)) {
          withheld.append((role, value))
        } else {
          values.append(value)
        }
      }
      if !values.isEmpty { form.set(role, to: generator.element(of: values)) }
    }
    form.set(.frame, to: frame)
    if hasHeldOutWording {
      for (role, value) in generator.sample(1 + generator.index(below: 2), of: withheld) {
        form.set(role, to: value)
      }
    }
    return grammar.render(form)
  }
}
