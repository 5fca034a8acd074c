import Alignment
import Tokenizers

/// Checks and counts the samples of one set as they come, and keeps a few to be shown.
struct SampleSetBuilder {
  /// Where a ranking's candidates have their loss.
  enum RankingLoss {
    /// The score is read at the last token: the reward model.
    case lastToken
    /// The likelihood of all tokens is compared: RRMF.
    case wholeResponse
  }

  private(set) var set: DoctorReport.SampleSet
  private(set) var problem: DoctorReport.Problem?
  private let place: String
  private let checks: ExampleChecks
  private let tokenizer: Tokenizer
  private let shownIDs: Set<Int>

  /// An empty set.
  ///
  /// - Parameters:
  ///   - set: Its names; what is counted begins at 0.
  ///   - shownIDs: The samples that are kept. The first wrong one is kept besides.
  init(
    _ set: DoctorReport.SampleSet, place: String, _ checks: ExampleChecks, _ tokenizer: Tokenizer,
    shownIDs: Set<Int>
  ) {
    (self.set, self.place, self.shownIDs) = (set, place, shownIDs)
    (self.checks, self.tokenizer) = (checks, tokenizer)
  }

  /// Adds a prompt with the response that is learned.
  mutating func add(pair: SequenceExample) {
    add([pair], shown: pair, "the response is learned", checks.problem(of: pair))
  }

  /// Adds a free pair, or a text to be modelled as it stands.
  mutating func add(general example: SequenceExample) {
    let isText = example.prompt.count == 1
    add(
      [example], shown: example,
      isText ? "a text: all of it is learned but its first token" : "the response is learned",
      checks.problem(of: example, allowingPlainText: true))
  }

  /// Adds a prompt that the policy is to answer.
  mutating func add(prompt: [Int32]) {
    let shown = SequenceExample(prompt: prompt, response: [])
    // What is not written yet cannot be wrong: the shortest response stands in for it.
    let shortest = SequenceExample(prompt: prompt, response: [checks.endToken])
    add([shown], shown: shown, "the policy writes from here on", checks.problem(of: shortest))
  }

  /// Adds a ranking, of which the best candidate is shown.
  mutating func add(_ ranking: RankingExample, _ loss: RankingLoss, minimumGap: Float) {
    let sequences = ranking.candidates.map { response in
      var sequence = SequenceExample(prompt: ranking.prompt, response: response)
      if loss == .lastToken {
        sequence.isTarget = response.indices.map { $0 == response.count - 1 }
      }
      return sequence
    }
    set.tied = (set.tied ?? 0) + (ranking.isTied(minimumGap: minimumGap) ? 1 : 0)
    let scores = ranking.scores
    let best = scores.indices.max { scores[$0] < scores[$1] } ?? 0
    let note =
      "the best of \(sequences.count) candidates, scores \(scores.max() ?? 0) to "
      + "\(scores.min() ?? 0); "
      + (loss == .lastToken ? "its score is read at the end" : "its likelihood is ranked")
    add(
      sequences, shown: sequences.indices.contains(best) ? sequences[best] : nil, note,
      checks.problem(of: ranking))
  }

  private mutating func add(
    _ sequences: [SequenceExample], shown: SequenceExample?, _ note: @autoclosure () -> String,
    _ problem: ExampleProblem?
  ) {
    let id = set.count
    set.count += 1
    for sequence in sequences {
      let count = sequence.prompt.count + sequence.response.count
      set.tokens += count
      set.longest = max(set.longest, count)
      set.learned += sequence.mask.count { $0 }
    }
    if problem != nil { set.wrong += 1 }
    let isFirstWrong = problem != nil && self.problem == nil
    if let problem, isFirstWrong {
      self.problem = DoctorReport.Problem(
        place: place, sample: id, reason: problem.description)
    }
    if let shown, isFirstWrong || shownIDs.contains(id) {
      set.samples.append(
        DoctorReport.Sample(
          id: id, note: note(), shown, tokenizer: tokenizer, endToken: checks.endToken))
    }
  }
}

extension DoctorReport.Sample {
  /// A sequence as a trainer sees it.
  init(id: Int, note: String, _ example: SequenceExample, tokenizer: Tokenizer, endToken: Int32) {
    (self.id, self.note) = (id, note)
    reads = tokenizer.visibleText(of: example.prompt)
    writes = tokenizer.visibleText(of: example.response)
    let marks = example.prompt.map { _ in false } + example.mask
    tokens = zip(example.prompt + example.response, marks).enumerated().map { position, token in
      DoctorReport.Token(
        position: position, id: token.0, text: tokenizer.visibleText(of: [token.0]),
        isResponse: position >= example.prompt.count, mask: token.1, isEnd: token.0 == endToken)
    }
  }
}

extension SequenceExample {
  /// Whether each token of the response is learned; a mark that is missing is none.
  fileprivate var mask: [Bool] {
    guard let isTarget else { return response.map { _ in true } }
    return response.indices.map { $0 < isTarget.count && isTarget[$0] }
  }
}
