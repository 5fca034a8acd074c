/// What a trainer must not learn from: samples whose mask, end or padding is wrong teach quietly
/// what nobody meant.
///
/// Checked before training, because nothing fails later: a loss falls on wrong samples just as well.
///
/// Source: the mistakes of the field's trainers, such as padding that is the end token (trl#1623,
/// #3750, #2778) and responses without their end.
public struct ExampleChecks: Sendable, Equatable {
  /// Ends every response.
  public var endToken: Int32
  /// Stands in no sample: rows are packed, not padded. Nil where the tokenizer has none.
  public var paddingToken: Int32?
  /// Tokens are `0..<vocabularySize`.
  public var vocabularySize: Int
  /// The most tokens that the model reads, prompt and response together.
  public var maximumLength: Int

  /// The facts about the tokenizer and the model that samples are checked against.
  public init(
    endToken: Int32, paddingToken: Int32?, vocabularySize: Int, maximumLength: Int
  ) {
    (self.endToken, self.paddingToken) = (endToken, paddingToken)
    (self.vocabularySize, self.maximumLength) = (vocabularySize, maximumLength)
  }

  /// The first thing that is wrong with a sample; nil where it is fit to be learned.
  ///
  /// - Parameter allowingPlainText: Whether a sample whose prompt is one token may be a text to be
  ///   modelled as it stands, as in pretraining: such a text need not end.
  public func problem(
    of example: SequenceExample, allowingPlainText: Bool = false
  ) -> ExampleProblem? {
    let isPlainText = allowingPlainText && example.prompt.count == 1
    return problem(ofMask: example)
      ?? problem(ofTokens: example.prompt + example.response)
      ?? problem(ofEnd: example, isPlainText: isPlainText)
  }

  /// The first thing that is wrong with a ranking; nil where it is fit to be learned.
  ///
  /// A ranking whose scores all tie is not wrong: it teaches nothing. See ``RankingExample/isTied(minimumGap:)``.
  public func problem(of ranking: RankingExample) -> ExampleProblem? {
    guard ranking.candidates.count > 1 else {
      return .tooFewCandidates(ranking.candidates.count)
    }
    guard ranking.scores.count == ranking.candidates.count else {
      return .scoreCount(ranking.scores.count, candidates: ranking.candidates.count)
    }
    for (number, response) in ranking.candidates.enumerated() {
      let example = SequenceExample(prompt: ranking.prompt, response: response)
      if let problem = problem(of: example) { return .candidate(number, problem) }
      if !ranking.scores[number].isFinite { return .candidate(number, .scoreNotFinite) }
    }
    return nil
  }

  /// A mask over the whole sequence is 0 on the prompt, so an empty prompt is a mask that is all 1.
  private func problem(ofMask example: SequenceExample) -> ExampleProblem? {
    if paddingToken == endToken { return .paddingIsEnd(endToken) }
    if example.prompt.isEmpty { return .emptyPrompt }
    if example.response.isEmpty { return .emptyResponse }
    guard let mask = example.isTarget else { return nil }
    if mask.count != example.response.count {
      return .maskCount(mask.count, tokens: example.response.count)
    }
    return mask.contains(true) ? nil : .nothingLearned
  }

  private func problem(ofTokens tokens: [Int32]) -> ExampleProblem? {
    if tokens.count > maximumLength { return .tooLong(tokens.count, limit: maximumLength) }
    for (position, token) in tokens.enumerated() {
      if token < 0 || token >= vocabularySize {
        return .unknownToken(token, position: position, vocabularySize: vocabularySize)
      }
      if token == paddingToken { return .padding(position: position) }
    }
    return nil
  }

  private func problem(ofEnd example: SequenceExample, isPlainText: Bool) -> ExampleProblem? {
    let response = example.response
    let isTarget = { (index: Int) in example.isTarget?[index] ?? true }
    for index in response.indices.dropLast() where response[index] == endToken {
      // Where several questions follow one another, the next one comes after an end, unlearned.
      if isTarget(index + 1) { return .learnedAfterEnd(position: example.prompt.count + index) }
    }
    if isPlainText { return nil }
    if response.last != endToken { return .missingEnd }
    return isTarget(response.count - 1) ? nil : .endNotLearned
  }
}

/// What is wrong with a sample. Positions are those of prompt and response together, from 0.
public indirect enum ExampleProblem: Error, Equatable, Sendable {
  /// The tokenizer has one token for both.
  case paddingIsEnd(Int32)
  /// There is nothing to read: the mask over the whole sequence is all 1.
  case emptyPrompt
  /// There is nothing to write: the mask over the whole sequence is all 0.
  case emptyResponse
  /// No token of the response is learned: the mask is all 0.
  case nothingLearned
  /// The mask has not one mark for each token of the response.
  case maskCount(Int, tokens: Int)
  /// Prompt and response do not fit into the model.
  case tooLong(Int, limit: Int)
  /// A token that the model has no embedding of.
  case unknownToken(Int32, position: Int, vocabularySize: Int)
  /// A padding token would be read or learned.
  case padding(position: Int)
  /// What follows the end token at this position is learned.
  case learnedAfterEnd(position: Int)
  /// The response's last token is not the end token.
  case missingEnd
  /// The end token is there, but the mask leaves it out.
  case endNotLearned
  /// A ranking of fewer than two candidates.
  case tooFewCandidates(Int)
  /// A ranking has not one score for each candidate.
  case scoreCount(Int, candidates: Int)
  /// A score is infinite or not a number.
  case scoreNotFinite
  /// One of a ranking's candidates, counted from 0, is wrong.
  case candidate(Int, ExampleProblem)
}

extension ExampleProblem: CustomStringConvertible {
  /// One sentence without the sample's text.
  public var description: String {
    switch self {
    case .paddingIsEnd(let token): "padding and end are the same token, \(token)"
    case .emptyPrompt: "the prompt is empty: the mask is all 1"
    case .emptyResponse: "the response is empty: the mask is all 0"
    case .nothingLearned: "no token is learned: the mask is all 0"
    case .maskCount(let marks, let tokens):
      "the mask has \(marks) marks for a response of \(tokens) tokens"
    case .tooLong(let count, let limit): "its \(count) tokens are more than the model's \(limit)"
    case .unknownToken(let token, let position, let size):
      "token \(token) at position \(position) is not in the vocabulary of \(size)"
    case .padding(let position): "there is a padding token at position \(position)"
    case .learnedAfterEnd(let position):
      "the end token at position \(position) is inside the response, and what follows is learned"
    case .missingEnd: "the response does not end with the end token"
    case .endNotLearned: "the end token is not learned: the mask leaves it out"
    case .tooFewCandidates(let count): "\(count) candidates are no ranking"
    case .scoreCount(let scores, let candidates):
      "there are \(scores) scores for \(candidates) candidates"
    case .scoreNotFinite: "the score is not a finite number"
    case .candidate(let number, let problem): "candidate \(number): \(problem)"
    }
  }
}

extension RankingExample {
  /// Whether no two candidates differ in their scores by more than `minimumGap`: then there is no
  /// pair to learn from.
  public func isTied(minimumGap: Float = 0) -> Bool {
    guard let lowest = scores.min(), let highest = scores.max() else { return true }
    return !(highest - lowest > minimumGap)
  }
}
