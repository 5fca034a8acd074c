/// Which questions of a target are under way or have failed in this run, so that searches at the same
/// time that share a prompt do not pay for one answer twice.
actor CallsUnderWay {
  /// A prompt on an example; sampling settings follow from the prompt.
  struct Question: Hashable, Sendable {
    let promptID, exampleID: Int64
  }

  private var claimed: Set<Question> = []
  private var failed: Set<Question> = []
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// Divides questions without a stored answer: those that the caller now has to ask, and those that
  /// another is asking. What failed before is in neither: it is asked again by the next run.
  func claim(_ questions: [Question]) -> (own: Set<Question>, others: Set<Question>) {
    let open = Set(questions).subtracting(failed)
    let others = open.intersection(claimed)
    let own = open.subtracting(others)
    claimed.formUnion(own)
    return (own, others)
  }

  /// Ends a claim, whatever came of it.
  func release(_ questions: Set<Question>, failed: Set<Question>) {
    claimed.subtract(questions)
    self.failed.formUnion(failed)
    let ready = waiting
    waiting = []
    for continuation in ready { continuation.resume() }
  }

  /// Returns when nobody is asking any of the questions. The caller must have no claim itself, or two
  /// could wait for each other.
  func wait(for questions: Set<Question>) async {
    while !claimed.isDisjoint(with: questions) {
      await withCheckedContinuation { waiting.append($0) }
    }
  }
}
