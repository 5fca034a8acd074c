import Foundation

/// How much experience speaks for revising each sentence of a prompt.
///
///     Pr(i) = exp(wᵢ) / Σⱼ exp(wⱼ)                         (eq. 5)
///     wᵢ ← wᵢ · exp(μ r / (Pr(i) n)),   n sentences        (eq. 9)
///
/// Source: Yang et al. 2024, arXiv:2406.13443, equations 5 and 9, after EXP3 (Auer et al. 2002). Where
/// `updatesAllWeights` is set, eq. 9 is read as said of every i: one reward r, and each sentence its
/// own Pr(i) as it was before the update. Where sampling is uniform, Pr(i) = 1/n and nothing is
/// learned. Ours (O): the bound of a weight, and which weights a changed prompt begins with.
public struct SentenceWeights: Equatable, Sendable {
  /// Bound of a weight (O). A weight grows exponentially and stands in an exponent again; at 100 the
  /// sentence is e⁹⁹ times as probable as a new one, and no probability is ever 0 or not a number.
  public static let greatest = 100.0

  /// The weights of the prompt's sentences, headings and code left out, in order.
  public private(set) var weights: [Double]
  private let prompt: PromptSentences
  private let parts: [Int]
  private let config: DualPhaseConfig

  /// Every sentence has the initial weight.
  /// - Precondition: The initial weight is above 0 and at most `greatest`.
  public init(_ prompt: PromptSentences, config: DualPhaseConfig) {
    precondition(
      config.initialWeight > 0 && config.initialWeight <= Self.greatest,
      "SentenceWeights: initial weight \(config.initialWeight)")
    (self.prompt, self.config) = (prompt, config)
    parts = prompt.editable
    weights = parts.map { _ in config.initialWeight }
  }

  /// Pr(i) of every sentence, in the order of `weights`: the softmax, computed with the greatest
  /// weight subtracted.
  public var probabilities: [Double] {
    let greatest = config.sampling == .uniform ? nil : weights.max()
    let powers = weights.map { weight in greatest.map { exp(weight - $0) } ?? 1 }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// Pr(i) of one part of the prompt.
  /// - Precondition: It may be sampled.
  public func probability(of part: Int) -> Double { probabilities[place(of: part)] }

  /// Draws one of some parts of the prompt, each with its Pr(i) among them.
  /// - Precondition: One of `choices` may be sampled.
  public func sample(
    from choices: Set<Int>, using generator: inout some RandomNumberGenerator
  ) -> Int {
    let choices = zip(parts, probabilities).filter { choices.contains($0.0) }
    precondition(!choices.isEmpty, "SentenceWeights: no sentence to draw from")
    var position = generator.unit() * choices.reduce(0) { $0 + $1.1 }
    for (choice, probability) in choices {
      position -= probability
      if position < 0 { return choice }
    }
    return choices[choices.count - 1].0
  }

  /// Updates after a revision of one part (eq. 9).
  ///
  /// - Parameter reward: r, in 0...1.
  /// - Precondition: The part may be sampled.
  public mutating func update(_ part: Int, reward: Double) {
    precondition((0...1).contains(reward), "SentenceWeights: reward \(reward)")
    guard config.sampling == .weighted else { return }
    let probabilities = probabilities
    let edited = place(of: part)
    for place in config.updatesAllWeights ? Array(weights.indices) : [edited] {
      let growth = config.learningRate * reward / (probabilities[place] * Double(weights.count))
      weights[place] = min(Self.greatest, weights[place] * exp(growth))
    }
  }

  /// The weights of a prompt that came of revising one part of this one (O).
  ///
  /// Sentences that stand in both keep theirs (along a longest common subsequence). What stands in
  /// the place of the revised sentence inherits its weight; other new ones begin with the initial
  /// weight.
  /// - Precondition: The part may be sampled.
  public func carried(to revised: PromptSentences, edited part: Int) -> SentenceWeights {
    var result = SentenceWeights(revised, config: config)
    let kept = pairs(texts, result.texts)
    for (old, new) in kept { result.weights[new] = weights[old] }
    let edited = place(of: part)
    let next = kept.first { $0.old >= edited }
    if next?.old == edited { return result }
    let start = kept.last { $0.old < edited }.map { $0.new + 1 } ?? 0
    for new in start..<(next?.new ?? result.weights.count) { result.weights[new] = weights[edited] }
    return result
  }

  private var texts: [String] { parts.map { prompt.parts[$0].text } }

  private func place(of part: Int) -> Int {
    guard let place = parts.firstIndex(of: part) else {
      preconditionFailure("SentenceWeights: part \(part) may not be sampled")
    }
    return place
  }
}

/// Places of equal sentences in two prompts, ascending. Of prompts that differ in more than a thousand
/// sentences only the common beginning and end are compared: the rest takes time by its square.
private func pairs(_ old: [String], _ new: [String]) -> [(old: Int, new: Int)] {
  let start = zip(old, new).prefix { $0 == $1 }.count
  let end = zip(old[start...].reversed(), new[start...].reversed()).prefix { $0 == $1 }.count
  let (oldMiddle, newMiddle) = (start..<(old.count - end), start..<(new.count - end))
  var (removed, inserted): (Set<Int>, Set<Int>) = ([], [])
  if oldMiddle.count + newMiddle.count > 1_000 {
    (removed, inserted) = (Set(oldMiddle), Set(newMiddle))
  } else {
    for change in new[newMiddle].difference(from: old[oldMiddle]) {
      switch change {
      case .remove(let offset, _, _): removed.insert(start + offset)
      case .insert(let offset, _, _): inserted.insert(start + offset)
      }
    }
  }
  return Array(
    zip(
      old.indices.filter { !removed.contains($0) }, new.indices.filter { !inserted.contains($0) })
  ).map { (old: $0.0, new: $0.1) }
}
