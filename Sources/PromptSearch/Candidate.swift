/// How a candidate came to be.
public enum CandidateOrigin: String, Codable, Sendable {
  /// Random edits of the original.
  case rules
  /// Wordings of the original and of another prompt with the same content, mixed.
  case crossover
  /// Written by a language model.
  case languageModel
}

/// A rewording of an original prompt.
public struct Candidate: Equatable, Sendable {
  /// The prompt.
  public let text: String
  /// How it was made.
  public let origin: CandidateOrigin

  /// A candidate.
  public init(text: String, origin: CandidateOrigin) {
    self.text = text
    self.origin = origin
  }
}

/// The candidates of one prompt, and what was dropped on the way.
public struct CandidateBatch: Equatable, Sendable {
  /// Requests to a language model.
  public struct Requests: Equatable, Sendable {
    /// How many were made.
    public internal(set) var asked = 0
    /// How many of them got no answer.
    public internal(set) var failed = 0
    /// How many of the answers held no list of rewrites.
    public internal(set) var unreadable = 0

    /// None yet.
    public init() {}
  }

  /// Candidates, all different, without the original.
  public let candidates: [Candidate]
  /// How many were dropped for each reason.
  public let rejections: [CandidateRejection: Int]
  /// What a language model was asked; nothing where rules made the candidates.
  public let requests: Requests

  /// Candidates, and what was dropped on the way.
  public init(
    candidates: [Candidate], rejections: [CandidateRejection: Int], requests: Requests = Requests()
  ) {
    self.candidates = candidates
    self.rejections = rejections
    self.requests = requests
  }
}
