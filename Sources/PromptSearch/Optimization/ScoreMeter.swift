/// Scores prompts within a limit of target calls, asks nothing twice, and keeps the books of one search.
///
/// A call is a distinct pair of a prompt and an example, whether the problem's store had its score
/// or not: so a search is the same with and without a store, and one that was killed is repeated from
/// it. What a prompt's failures cost is not paid again when the rest of the validation examples follow.
public actor ScoreMeter {
  /// Most calls; nil where there is no limit.
  public let limit: Int?
  /// Calls so far, those that failed among them.
  public private(set) var calls = 0
  /// Prompts that were scored on all validation examples, in that order, with their means; those on
  /// which more than half of the calls failed are left out.
  public private(set) var scored: [ScoredPrompt] = []
  private let problem: OptimizationProblem
  private var known: [String: [Int: Double?]] = [:]
  private var isAsking = false

  /// A meter that has counted nothing yet.
  /// - Precondition: The limit is not negative.
  public init(_ problem: OptimizationProblem, limit: Int?) {
    precondition(limit ?? 0 >= 0, "ScoreMeter: limit \(limit ?? 0)")
    (self.problem, self.limit) = (problem, limit)
  }

  /// Whether the rest of the limit pays for so many calls.
  public func pays(for count: Int) -> Bool { limit.map { calls + count <= $0 } ?? true }

  /// How many of `wanted` prompts that were never scored the rest of the limit pays for on all
  /// validation examples.
  public func payablePrompts(_ wanted: Int) -> Int {
    limit.map { min(wanted, ($0 - calls) / problem.validationCount) } ?? wanted
  }

  /// How many of the first `prompts` the rest of the limit pays for on all of `examples`.
  public func payable(_ prompts: [String], on examples: [Int]) -> Int {
    guard let limit else { return prompts.count }
    var (left, counted) = (limit - calls, Set<String>())
    for (place, prompt) in prompts.enumerated() where counted.insert(prompt).inserted {
      left -= missing(prompt, examples).count
      if left < 0 { return place }
    }
    return prompts.count
  }

  /// Scores, one row for each prompt and one place for each example, nil where the call failed.
  ///
  /// - Returns: nil where the calls that are still to be made exceed the rest of the limit; none is
  ///   made then.
  /// - Throws: What the problem's `score` throws.
  /// - Precondition: Examples are below the number of validation examples and all different; one
  ///   evaluation at a time.
  public func scores(of prompts: [String], on examples: [Int]) async throws -> [[Double?]]? {
    precondition(
      examples.allSatisfy { (0..<problem.validationCount).contains($0) }
        && Set(examples).count == examples.count,
      "ScoreMeter: examples \(examples) of \(problem.validationCount)")
    precondition(!isAsking, "ScoreMeter: one evaluation at a time")
    guard payable(prompts, on: examples) == prompts.count else { return nil }
    isAsking = true
    defer { isAsking = false }
    for batch in batches(prompts, examples) { try await ask(batch) }
    return prompts.map { prompt in
      let row = known[prompt] ?? [:]
      return examples.map { row[$0] ?? nil }
    }
  }

  /// Prompts that lack scores on the same examples.
  private struct Batch {
    var prompts: [String]
    let examples: [Int]
  }

  private func missing(_ prompt: String, _ examples: [Int]) -> [Int] {
    guard let row = known[prompt] else { return examples }
    return examples.filter { row[$0] == nil }
  }

  private func batches(_ prompts: [String], _ examples: [Int]) -> [Batch] {
    var batches: [Batch] = []
    var seen: Set<String> = []
    for prompt in prompts where seen.insert(prompt).inserted {
      let lacking = missing(prompt, examples)
      if lacking.isEmpty { continue }
      if let place = batches.firstIndex(where: { $0.examples == lacking }) {
        batches[place].prompts.append(prompt)
      } else {
        batches.append(Batch(prompts: [prompt], examples: lacking))
      }
    }
    return batches
  }

  private func ask(_ batch: Batch) async throws {
    let rows = try await problem.score(batch.prompts, batch.examples)
    precondition(
      rows.count == batch.prompts.count && rows.allSatisfy { $0.count == batch.examples.count },
      "ScoreMeter: \(rows.count) rows of scores for \(batch.prompts.count) prompts")
    precondition(
      rows.joined().allSatisfy { $0.map((0...1).contains) ?? true },
      "ScoreMeter: a score is outside 0...1")
    for (prompt, row) in zip(batch.prompts, rows) {
      for (example, score) in zip(batch.examples, row) {
        known[prompt, default: [:]].updateValue(score, forKey: example)
      }
      noteIfComplete(prompt)
    }
    calls += batch.prompts.count * batch.examples.count
  }

  private func noteIfComplete(_ prompt: String) {
    guard let row = known[prompt], row.count == problem.validationCount else { return }
    if let mean = meanScore(problem.validation.map { row[$0] ?? nil }) {
      scored.append(ScoredPrompt(text: prompt, score: mean))
    }
  }
}

/// Mean of the scores that there are; nil where more than half of the calls failed, so that nothing
/// is concluded from a few answers (O).
package func meanScore(_ scores: [Double?]) -> Double? {
  let answered = scores.compactMap { $0 }
  guard !answered.isEmpty, 2 * answered.count >= scores.count else { return nil }
  return answered.reduce(0, +) / Double(answered.count)
}

/// Mean of left less right over the examples that both have; nil where that is fewer than half.
package func meanGain(_ left: [Double?], over right: [Double?]) -> Double? {
  let shared = sharedDifferences(left, right)
  guard !shared.isEmpty, 2 * shared.count >= left.count else { return nil }
  return shared.reduce(0, +) / Double(shared.count)
}

/// By how much a mean may miss a threshold through rounding: scores are multiples of 1 / n, and
/// 0.7 − 0.6 is below 0.1 in binary (O).
package let scoreTolerance = 1e-9
