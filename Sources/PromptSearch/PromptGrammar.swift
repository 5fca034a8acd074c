/// Takes prompts apart by a phrase book, and puts them together again.
///
/// Made for any text: what is not recognised stays as it is, and a form that has not been changed
/// renders to the very text it was parsed from.
public struct PromptGrammar: Sendable {
  /// The wordings that are recognised and chosen from.
  public let phrasebook: Phrasebook
  let scanner: PhraseScanner
  /// Frames and wrappers with the longest literal text first: the most specific fits first.
  let frameOrder: [Int]
  let wrapperOrder: [Int]
  /// First words of instructions that a frame can hold.
  let openers: Set<String>
  private let counts: [Role: Int]

  /// A grammar of `phrasebook`.
  public init(_ phrasebook: Phrasebook) {
    self.phrasebook = phrasebook
    scanner = PhraseScanner(phrasebook)
    frameOrder = longestFirst(
      phrasebook.frames.map { $0.before.count + $0.middle.count + $0.after.count })
    wrapperOrder = longestFirst(phrasebook.wrappers.map { $0.before.count + $0.after.count })
    let verbs = phrasebook.words.filter { $0.part == .verb }.flatMap { $0.values + $0.alsoKnown }
    openers = Set((verbs + phrasebook.openers).map { String($0.prefix { $0 != " " }) })
    counts = Dictionary(uniqueKeysWithValues: phrasebook.counts.map { ($0.role, $0.count) })
  }

  /// How many values can be chosen for `role`; 0 for a role that the book does not have.
  public func count(of role: Role) -> Int { counts[role] ?? 0 }

  /// The form of `text`. `render(parse(text))` is `text`, whatever it holds.
  public func parse(_ text: String) -> PromptForm {
    let form = layout(of: text)
    guard render(form).utf8.elementsEqual(text.utf8) else { return PromptForm(literal: text) }
    return form
  }

  /// The text of `form`.
  public func render(_ form: PromptForm) -> String {
    var text = form.leading
    let instruction = form.instruction.map(rendered) ?? ""
    let block = form.block.map(rendered) ?? ""
    switch form.order {
    case .instructionFirst: text += instruction + form.gap + block
    case .inputFirst: text += block + form.gap + instruction
    }
    if let cue = form.cue { text += cue.gap + phrasebook.cues.all[cue.value] }
    return text + form.trailing
  }

  /// `text` with each role it has (or can have: a cue) set to a chosen value.
  ///
  /// - Parameter choosing: Gets a role and how many values it has; returns the value, or nil to
  ///   leave the role as it is.
  public func reword(_ text: String, choosing: (Role, Int) -> Int?) -> String {
    var form = parse(text)
    form.reword(by: self, choosing: choosing)
    return render(form)
  }

  /// The style family of `form`: that of its frame or wrapper; "bare" without an instruction.
  public func style(of form: PromptForm) -> String {
    switch form.instruction?.envelope {
    case .frame(let value): phrasebook.frames[value].style
    case .wrapper(let value): phrasebook.wrappers[value].style
    case nil: "bare"
    }
  }

  private func rendered(_ instruction: PromptForm.Instruction) -> String {
    let tail = rendered(instruction.tail)
    switch instruction.envelope {
    case .wrapper(let value):
      let wrapper = phrasebook.wrappers[value]
      return wrapper.before + tail + wrapper.after
    case .frame(let value):
      let frame = phrasebook.frames[value]
      let clause = rendered(instruction.clause)
      return frame.before + (frame.capitalized ? capitalizing(clause) : clause) + frame.middle
        + (tail.isEmpty ? "" : frame.separator + tail) + frame.after
    }
  }

  func rendered(_ block: PromptForm.InputBlock) -> String {
    let label = block.label.map { phrasebook.inputLabels.all[$0] } ?? ""
    return label.isEmpty ? block.body : label + " " + block.body
  }

  func rendered(_ segments: [PromptForm.Segment]) -> String {
    segments.map { segment in
      switch segment {
      case .literal(let text): return text
      case .word(let role, let value, let capitalized):
        let word = phrasebook.phrase(of: role, value: value)
        return capitalized ? capitalizing(word) : word
      case .content(let role, let value, let arguments):
        guard let phrase = phrasebook.contents.first(where: { $0.role == role })?.values[value]
        else { return "" }
        return phrase.before + arguments.joined(separator: phrase.separator) + phrase.after
      }
    }.joined()
  }
}

extension PromptForm {
  /// Sets each role the form has to a chosen value: see `PromptGrammar.reword(_:choosing:)`.
  public mutating func reword(by grammar: PromptGrammar, choosing: (Role, Int) -> Int?) {
    for role in roles {
      if let value = choosing(role, grammar.count(of: role)) { set(role, to: value) }
    }
  }

  /// A form in which nothing is recognised.
  fileprivate init(literal text: String) { leading = text }
}

private func longestFirst(_ lengths: [Int]) -> [Int] {
  lengths.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
}
