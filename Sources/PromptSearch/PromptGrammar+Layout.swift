extension PromptGrammar {
  /// Cue, input block and instruction of `text`, from the outside in.
  func layout(of text: String) -> PromptForm {
    var form = PromptForm()
    let afterLeading = text.drop(while: \.isWhitespace)
    form.leading = String(text[..<afterLeading.startIndex])
    var core = trimmingEnd(afterLeading)
    form.trailing = String(text[core.endIndex...])
    form.cue = cue(at: &core)
    if let start = inputBlockStart(atEndOf: core) {
      form.order = .instructionFirst
      form.block = inputBlock(core[start...])
      let instruction = trimmingEnd(core[..<start])
      form.gap = String(core[instruction.endIndex..<start])
      form.instruction = self.instruction(instruction)
    } else if let end = inputBlockEnd(atStartOf: core) {
      form.order = .inputFirst
      form.block = inputBlock(core[..<end])
      let instruction = core[end...].drop(while: \.isWhitespace)
      form.gap = String(core[end..<instruction.startIndex])
      form.instruction = self.instruction(instruction)
    } else {
      form.instruction = self.instruction(core)
    }
    form.acceptsCue =
      form.cue == nil && form.block != nil
      && (form.order == .instructionFirst
        || core.last.map { endsSentence($0) || $0 == ">" } == true)
    return form
  }

  /// Removes the cue from the end of `core`: a phrase of the book on a line of its own, or after
  /// the end of a sentence or of a placeholder.
  private func cue(at core: inout Substring) -> PromptForm.Cue? {
    var best: (value: Int, length: Int)?
    for (value, phrase) in phrasebook.cues.all.enumerated()
    where core.hasSuffix(phrase) && phrase.count > best?.length ?? 0 {
      best = (value, phrase.count)
    }
    guard let best else { return nil }
    let head = core.dropLast(best.length)
    let body = trimmingEnd(head)
    let gap = head[body.endIndex...]
    guard let last = body.last, !gap.isEmpty,
      gap.contains(where: \.isNewline) || endsSentence(last) || last == "}"
    else { return nil }
    core = body
    return PromptForm.Cue(gap: String(gap), value: best.value)
  }

  /// Where the input block at the end of `core` begins: lines that hold a placeholder and perhaps
  /// a label before it, or one placeholder after the end of a sentence.
  private func inputBlockStart(atEndOf core: Substring) -> String.Index? {
    var start: String.Index?
    var rest = core
    while rest.hasSuffix("}}"), let open = lastPlaceholderStart(in: rest) {
      let lineStart =
        rest[..<open].lastIndex(where: \.isNewline).map { rest.index(after: $0) } ?? rest.startIndex
      if isLabel(rest[lineStart..<open]) {
        start = lineStart
        rest = trimmingEnd(rest[..<lineStart])
      } else {
        return start ?? inlineBlockStart(rest[lineStart..<open])
      }
    }
    return start
  }

  /// Where the label (or, without one, the placeholder) after `lead` begins, if `lead` ends with
  /// a sentence.
  private func inlineBlockStart(_ lead: Substring) -> String.Index? {
    for label in phrasebook.inputLabels.all where lead.hasSuffix(label.isEmpty ? " " : label + " ")
    {
      let sentence = label.isEmpty ? lead : lead.dropLast(label.count + 1)
      let body = trimmingEnd(sentence)
      if let last = body.last, endsSentence(last), body.endIndex < sentence.endIndex {
        return sentence.endIndex
      }
    }
    return nil
  }

  /// Where the input block at the start of `core` ends.
  private func inputBlockEnd(atStartOf core: Substring) -> String.Index? {
    var end: String.Index?
    var rest = core
    while !rest.isEmpty {
      let line = rest.prefix { !$0.isNewline }
      guard let open = firstOccurrence(of: "{{", in: line)?.lowerBound, isLabel(line[..<open]),
        let close = endOfProtectedSpan(in: line[open...])
      else { break }
      if close == line.endIndex {
        end = close
        rest = core[close...].drop(while: \.isWhitespace)
      } else {
        return end ?? (line[close] == " " ? close : nil)
      }
    }
    return end
  }

  /// Whether `text`, which stands between the start of a line and a placeholder, is a label: one
  /// of the book, or up to three words and a colon that are not an instruction.
  private func isLabel(_ text: Substring) -> Bool {
    if text.isEmpty { return true }
    if knownLabel(before: text) != nil { return true }
    let words = text.split(separator: " ")
    guard let first = words.first, words.count <= 3, words.last?.last == ":" else { return false }
    return !openers.contains(first.lowercased()) && !text.contains("{")
  }

  /// The label of the book that `text`, which ends where a placeholder begins, is.
  private func knownLabel(before text: Substring) -> Int? {
    phrasebook.inputLabels.all.firstIndex { label in
      label.isEmpty ? text.isEmpty : text == label + " "
    }
  }

  private func inputBlock(_ text: Substring) -> PromptForm.InputBlock {
    guard let open = firstOccurrence(of: "{{", in: text)?.lowerBound,
      let label = knownLabel(before: text[..<open])
    else { return PromptForm.InputBlock(label: nil, body: String(text)) }
    return PromptForm.InputBlock(label: label, body: String(text[open...]))
  }

  /// The instruction in the frame it fits, or in a wrapper; nil for empty text.
  private func instruction(_ text: Substring) -> PromptForm.Instruction? {
    if text.isEmpty { return nil }
    for value in frameOrder {
      if let match = match(phrasebook.frames[value], text) {
        let clause = Substring(match.clause.prefix(1).lowercased() + match.clause.dropFirst())
        return PromptForm.Instruction(
          envelope: .frame(value), clause: scanner.segments(of: clause),
          tail: scanner.segments(of: match.tail), isComplete: true)
      }
    }
    for value in wrapperOrder {
      let wrapper = phrasebook.wrappers[value]
      if let body = inside(text, before: wrapper.before, after: wrapper.after) {
        return PromptForm.Instruction(
          envelope: .wrapper(value), clause: [], tail: scanner.segments(of: body),
          isComplete: body.last.map(endsSentence) == true)
      }
    }
    return nil
  }

  private func match(
    _ frame: Phrasebook.Frame, _ text: Substring
  ) -> (clause: Substring, tail: Substring)? {
    guard let body = inside(text, before: frame.before, after: frame.after),
      let first = body.first, first.isUppercase == frame.capitalized,
      openers.contains(body.prefix(while: isWordCharacter).lowercased())
    else { return nil }
    let parts: (clause: Substring, tail: Substring)
    if let split = firstOccurrence(of: frame.middle + frame.separator, in: body) {
      parts = (body[..<split.lowerBound], body[split.upperBound...])
      if parts.tail.isEmpty { return nil }
    } else if body.hasSuffix(frame.middle) {
      parts = (body.dropLast(frame.middle.count), "")
    } else {
      return nil
    }
    return isClause(parts.clause) ? parts : nil
  }

  /// Whether `text` can stand inside any frame: two words or more and no end of a sentence.
  private func isClause(_ text: Substring) -> Bool {
    text.contains(" ") && !text.contains { ".?!:;".contains($0) || $0.isNewline }
  }
}

/// What stands between `before` and `after` in `text`; nil where they do not enclose something.
private func inside(_ text: Substring, before: String, after: String) -> Substring? {
  guard text.count > before.count + after.count, text.hasPrefix(before), text.hasSuffix(after)
  else { return nil }
  return text.dropFirst(before.count).dropLast(after.count)
}

private func trimmingEnd(_ text: Substring) -> Substring {
  var text = text
  while text.last?.isWhitespace == true { text.removeLast() }
  return text
}

/// Where the placeholder that ends `text` begins.
private func lastPlaceholderStart(in text: Substring) -> String.Index? {
  let inner = text.dropLast(2)
  guard let brace = inner.lastIndex(of: "{"), brace > inner.startIndex else { return nil }
  let start = inner.index(before: brace)
  return inner[start] == "{" ? start : nil
}
