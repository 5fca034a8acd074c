/// What `mapo doctor` finds in a configuration's data, and in its run where that has begun.
public struct DoctorReport: Codable, Equatable, Sendable {
  /// Prompts and examples of one task by split.
  public struct Task: Codable, Equatable, Sendable {
    /// Its name.
    public var name: String
    /// How many prompts are trained on, chosen by, and evaluated.
    public var prompts: Counts
    /// How many examples each split has.
    public var examples: Counts
  }

  /// A number for each split.
  public struct Counts: Codable, Equatable, Sendable {
    /// The splits.
    public var train, dev, test: Int
  }

  /// The rewriter's tokenizer.
  public struct Vocabulary: Codable, Equatable, Sendable {
    /// Number of tokens.
    public var size: Int
    /// Id of the token that ends what the rewriter writes.
    public var end: Int32
    /// Ids of our other special tokens; nil in the tokenizer of a pretrained base.
    public var padding, answer: Int32?
    /// Whether the base, as pretrained or as that stage left it, has it; otherwise it was trained just
    /// now, as that stage will.
    public var isOfRun: Bool
    /// How many training prompts come back as they were from encoding and decoding.
    public var roundTrips: Int
  }

  /// All samples of one kind that a stage trains one rewriter on.
  public struct SampleSet: Codable, Equatable, Sendable {
    /// The stage.
    public var stage: String
    /// The rewriter; nil for the base stage, which is for all.
    public var rewriter: String?
    /// What one of them is called.
    public var kind: String
    /// How many there are.
    public var count: Int
    /// How many of them are not fit to be learned.
    public var wrong: Int
    /// How many rankings have no two candidates of different scores; nil where there is no ranking.
    public var tied: Int?
    /// Most tokens of one sequence.
    public var longest: Int
    /// Tokens of all sequences, and how many of them have mask 1.
    public var tokens, learned: Int
    /// The first few, for the first rewriter.
    public var samples: [Sample]
  }

  /// One sequence, token by token.
  public struct Sample: Codable, Equatable, Sendable {
    /// Its number among the stage's samples, from 0.
    public var id: Int
    /// What it is, and where its loss falls.
    public var note: String
    /// The text of the prompt, then that of the response; control characters are escaped.
    public var reads, writes: String
    /// Prompt and response.
    public var tokens: [Token]
  }

  /// One token of a sample.
  public struct Token: Codable, Equatable, Sendable {
    /// Its place, from 0.
    public var position: Int
    /// Its number in the vocabulary.
    public var id: Int32
    /// Its text in quotation marks, control characters escaped; a special token's name without.
    public var text: String
    /// Whether it is written, not read.
    public var isResponse: Bool
    /// Whether the loss reads the model's output for it.
    public var mask: Bool
    /// Whether it is the end token.
    public var isEnd: Bool
  }

  /// Samples that `mapo run` has yet to make.
  public struct Unmade: Codable, Equatable, Sendable {
    /// The stage and rewriter.
    public var stage, rewriter: String
    /// Why there are none yet.
    public var reason: String
  }

  /// Something that is wrong. As an error it is one sentence.
  public struct Problem: Error, Codable, Equatable, Sendable {
    /// The task, the tokenizer, or the stage and kind of sample.
    public var place: String
    /// The sample's number; nil where it is not about one.
    public var sample: Int?
    /// What is wrong, without any text of the data.
    public var reason: String
  }

  /// The tasks in the order of the configuration.
  public var tasks: [Task]
  /// The tokenizer; nil where it lacks its special tokens.
  public var vocabulary: Vocabulary?
  /// What the stages train on, in their order.
  public var samples: [SampleSet]
  /// What cannot be looked at yet.
  public var unmade: [Unmade]
  /// What is wrong, the first of each kind and place; empty where all is well.
  public var problems: [Problem]
}

extension DoctorReport.Problem: CustomStringConvertible {
  /// One sentence that names the place and, where there is one, the sample.
  public var description: String {
    "\(place)\(sample.map { " \($0)" } ?? ""): \(reason)"
  }
}
