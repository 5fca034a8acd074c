/// Settings of the searches that Dual-Phase is compared with.
public struct BaselineConfig: Codable, Equatable, Sendable {
  /// Settings of the search by resampling, in the manner of APE.
  public struct APE: Codable, Equatable, Sendable {
    /// Prompts that a round scores, at least 2.
    public var population: Int
    /// The best of a round, around which the next is drawn: 1 to one less than `population`.
    public var survivors: Int
    /// Rounds of resampling after the first population, at most.
    public var rounds: Int
    /// Validation examples that a whole population is scored on; only the survivors are scored on
    /// all of them.
    public var firstExamples: Int

    /// Settings.
    public init(population: Int, survivors: Int, rounds: Int, firstExamples: Int) {
      (self.population, self.survivors) = (population, survivors)
      (self.rounds, self.firstExamples) = (rounds, firstExamples)
    }
  }

  /// Settings of the search by proposals, in the manner of OPRO.
  public struct OPRO: Codable, Equatable, Sendable {
    /// The best scored prompts that the writer is shown (20 in the paper's experiments).
    public var shown: Int
    /// Proposals of one round, all made from the same prompts (8 in the paper's experiments).
    public var perRound: Int

    /// Settings.
    public init(shown: Int, perRound: Int) { (self.shown, self.perRound) = (shown, perRound) }
  }

  /// Random rewrites that are scored, at most; the budget may pay fewer.
  public var randomRewrites: Int
  /// The search by resampling.
  public var ape: APE
  /// The search by proposals.
  public var opro: OPRO
  /// After so many calls of the writer in a row that brought no new prompt, it has nothing more to
  /// say.
  public var fruitlessDraws: Int

  /// Settings.
  public init(randomRewrites: Int, ape: APE, opro: OPRO, fruitlessDraws: Int) {
    (self.randomRewrites, self.ape, self.opro) = (randomRewrites, ape, opro)
    self.fruitlessDraws = fruitlessDraws
  }

  /// What is wrong with the settings, beginning with the key; nil where nothing is.
  public var problem: String? {
    let counts = [
      ("randomRewrites", randomRewrites, 1), ("ape.population", ape.population, 2),
      ("ape.survivors", ape.survivors, 1), ("ape.rounds", ape.rounds, 0),
      ("ape.firstExamples", ape.firstExamples, 1), ("opro.shown", opro.shown, 1),
      ("opro.perRound", opro.perRound, 1), ("fruitlessDraws", fruitlessDraws, 1),
    ]
    for (key, count, least) in counts where !(least...1_000_000).contains(count) {
      return "\(key) is \(count), outside \(least)...1000000"
    }
    return ape.survivors < ape.population
      ? nil : "ape.survivors is \(ape.survivors), not below ape.population"
  }
}
