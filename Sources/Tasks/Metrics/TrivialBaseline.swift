extension PromptTask {
  /// What an answer costs nothing to give scores for `prompt`, as the mean over `examples`.
  ///
  /// For classification: always the most frequent reference. For other kinds: the better of
  /// always the most frequent reference and copying the input field. A task counts for a target
  /// model only where the target is well above this. Ours; examples without a reference for the
  /// prompt are left out, and without any the score is 0.
  public func trivialScore(for prompt: Prompt, examples: [Example]) -> Double {
    let references = examples.map { self.references(for: prompt, in: $0) }
    let scored = zip(examples, references).filter { !$0.1.isEmpty }
    guard !scored.isEmpty else { return 0 }
    func mean(_ answer: (Example) -> String) -> Double {
      let scores = scored.map { metric.score(answer($0.0), references: $0.1) }
      return scores.reduce(0, +) / Double(scores.count)
    }
    let constant = mostFrequent(scored.compactMap(\.1.first))
    let constantScore = mean { _ in constant }
    if kind == .classification { return constantScore }
    return max(constantScore, mean { $0.fields[inputField] ?? "" })
  }
}

/// The most frequent text, the first by name among equals; "" where there are none.
private func mostFrequent(_ texts: [String]) -> String {
  let counts = texts.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  return counts.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key ?? ""
}
