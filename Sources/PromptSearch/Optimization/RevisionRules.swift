import Tasks

/// Phase 2 by rules: what can be made of one part of a prompt (O).
///
/// A role of the phrase book belongs to the first part that changes when it is set: the frame and the
/// words of an instruction to its sentence, the order to whatever comes first, the cue to the last
/// line.
struct RevisionRules {
  /// One change of the part.
  private enum Change {
    /// A role gets another value.
    case role(Role, Int)
    /// The part gets another text; an empty one takes it out.
    case text(String)

    /// What it is drawn by.
    var name: String {
      switch self {
      case .role(let role, let value): "\(role.rawValue) \(value)"
      case .text(let text): text
      }
    }
  }

  /// How often the changes are gone through, each time with others beside them (O).
  private static let rounds = 4
  /// Most roles that are changed beyond the first one.
  private static let mostFurtherChanges = 2

  private let request: SentenceRevision
  private let grammar: PromptGrammar
  private let form: PromptForm
  /// The roles that belong to the part, with their other values.
  private let roles: [(role: Role, values: [Int])]
  private let heldOut: HeldOutTexts

  init(request: SentenceRevision, generator: RuleBasedGenerator, heldOut: HeldOutTexts) {
    self.request = request
    self.heldOut = heldOut
    grammar = generator.grammar
    let (prompt, grammar) = (request.prompt, generator.grammar)
    let form = grammar.parse(prompt.text)
    self.form = form
    roles = generator.choices(for: form, heldOut: heldOut).filter { role, values in
      var changed = form
      changed.set(role, to: values[0])
      return prompt.editablePart(changedIn: grammar.render(changed)) == request.index
    }
  }

  /// The prompt with the part changed in the `draw`-th of all ways that break no rule, all different;
  /// nil after the last.
  ///
  /// - Parameter numbers: Decide in which order the changes come, and what else is changed with one.
  ///   Each change has its own, so that the order of the others is the same with and without it:
  ///   the failures, which decide on some, are others for every draw.
  func revision(_ draw: Int, numbers: (_ use: String) -> HashedNumbers) -> String? {
    let changes = changes.map { change in
      var numbers = numbers(change.name)
      return (change: change, place: numbers.next())
    }.sorted { $0.place < $1.place }.map(\.change)
    var filter = CandidateFilter(
      original: request.brief.original, required: request.brief.required,
      limits: CandidateLimits(minimumLengthRatio: 0, maximumLengthRatio: .infinity),
      heldOut: heldOut, earlier: [request.prompt.text])
    var left = draw
    for round in 0..<Self.rounds {
      for change in changes {
        var numbers = numbers("\(round) \(change.name)")
        guard let text = filter.accept(text(with: change, using: &numbers)) else { continue }
        if left == 0 { return text }
        left -= 1
      }
    }
    return nil
  }

  /// The prompt with the part as it is in `rewritten`, a rewrite of the whole prompt: the roles that
  /// belong to the part get the values that they have there. Where it has none, the part is replaced by
  /// the one in its place. nil where nothing changes.
  func revision(takenFrom rewritten: String) -> String? {
    let other = grammar.parse(rewritten)
    var form = form
    for (role, _) in roles {
      if let value = other[role] { form.set(role, to: value) }
    }
    if form != self.form { return grammar.render(form) }
    let (old, new) = (request.prompt.parts, PromptSentences(rewritten).parts)
    guard !isKnown, new.count == old.count,
      new.indices.contains(where: { new[$0].text == old[$0].text }),
      new[request.index].text != part
    else { return nil }
    return request.prompt.replacing(request.index, with: new[request.index].text)
  }

  private func text(with change: Change, using numbers: inout some RandomNumberGenerator) -> String
  {
    switch change {
    case .text(let text): return request.prompt.replacing(request.index, with: text)
    case .role(let role, let value):
      var form = form
      form.set(role, to: value)
      // Only later ones, so that no two first changes give the same text.
      let others = roles.drop { $0.role != role }.dropFirst()
      let further = min(numbers.index(below: Self.mostFurtherChanges + 1), others.count)
      for (role, values) in numbers.sample(further, of: Array(others)) {
        form.set(role, to: numbers.element(of: values))
      }
      return grammar.render(form)
    }
  }

  // MARK: What can be changed

  private var part: String { request.prompt.parts[request.index].text }

  private var changes: [Change] {
    let ofRoles = roles.flatMap { role, values in values.map { Change.role(role, $0) } }
    return ofRoles + (additions + (isKnown ? [] : replacements)).map(Change.text)
  }

  /// Whether the phrase book has more to say of the part than what stands around the instruction.
  private var isKnown: Bool { roles.contains { $0.role != .wrapper && $0.role != .order } }

  /// The part followed by a sentence that the failures call for.
  private var additions: [String] {
    guard part.last.map(endsSentence) == true else { return [] }
    return AnswerForm.sentences(for: request.failures, labels: request.brief.labels)
      .filter(isNew).map { "\(part) \($0)" }
  }

  /// Other texts for a part that has no wording of the book: nothing, a stock sentence, or its own words in
  /// another frame.
  private var replacements: [String] {
    let isStock = RulePromptWriter.stockSentences.contains(part)
    return [""] + RulePromptWriter.stockSentences.filter(isNew) + (isStock ? [] : otherFrames)
  }

  /// The part alone in other frames, as far as it stays one sentence.
  private var otherFrames: [String] {
    let form = grammar.parse(part)
    guard let current = form[.frame] else { return [] }
    return (0..<grammar.count(of: .frame)).filter { $0 != current }.compactMap { value in
      var framed = form
      framed.set(.frame, to: value)
      let text = grammar.render(framed)
      return PromptSentences(text).parts.count == 1 ? text : nil
    }
  }

  private func isNew(_ sentence: String) -> Bool {
    !request.prompt.parts.contains { $0.text.hasSuffix(sentence) }
  }
}

extension PromptSentences {
  /// The part that may be edited at or after the first place where `changed` differs: the last one
  /// where it differs at the very end only.
  func editablePart(changedIn changed: String) -> Int? {
    var place = zip(text.utf8, changed.utf8).prefix { $0 == $1 }.count
    let index = parts.firstIndex { part in
      let length = (part.before + part.text + part.after).utf8.count
      defer { place -= length }
      return place < length
    }
    return editable.first { $0 >= index ?? parts.count } ?? editable.last
  }
}
