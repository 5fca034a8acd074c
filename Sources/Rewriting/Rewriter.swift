import Foundation
import LanguageModels
import NeuralNetworks
import Tokenizers

/// A trained rewriter: prompts in, prompts for its target model out.
///
/// Reading one takes tens of milliseconds or more, so a program makes it once and keeps it. It is
/// owned by one task, as a model is: the compiler refuses to share it. A server lets an actor make and
/// own it, and passes the prompts that wait in one call: they are rewritten together on all cores.
public final class Rewriter {
  /// What every rewrite has to pass.
  public let guards: Guards
  let model: Transformer
  let tokenizer: Tokenizer
  let format: RewriterFormat
  /// What constraints know of the tokens.
  lazy var vocabulary = SpanConstraint.Vocabulary(tokenizer, endTokens: format.endTokens)

  /// Reads an exported rewriter.
  ///
  /// - Parameter url: Its folder, or its GGUF file.
  /// - Throws: `CheckpointError`, `TokenizerError`, `RewriterFormatError`: a file is missing or
  ///   damaged, or it holds no rewriter.
  public init(contentsOf url: URL) throws {
    let contents = try ModelFolder(contentsOf: url).merged()
    guard let guards = try Guards(ofModelAt: url) else {
      let missing = ModelFolder.isGGUF(url) ? "key '\(Guards.metadataKey)'" : Self.guardsFileName
      throw CheckpointError.unreadable(
        file: url.path,
        reason: "it is no exported rewriter (\(missing) is missing); 'mapo export' makes one")
    }
    guard contents.model.head == .tokens else {
      throw CheckpointError.unreadable(
        file: url.path, reason: "it gives scores, and is not a rewriter")
    }
    self.guards = guards
    (model, tokenizer) = (contents.model, contents.tokenizer)
    format = try RewriterFormat(contents)
  }

  /// A rewriter of loaded parts.
  ///
  /// - Precondition: The model has a token head and was trained with `format`.
  public init(model: Transformer, tokenizer: Tokenizer, format: RewriterFormat, guards: Guards) {
    precondition(model.head == .tokens, "rewriter with a scalar head")
    self.model = model
    self.tokenizer = tokenizer
    self.format = format
    self.guards = guards
  }

  /// The file beside a folder's weights that holds the guards.
  public static let guardsFileName = "guards.json"

  /// How rewrites are written.
  public struct Options: Sendable, Equatable {
    /// Rewrites that are followed at the same time; of those that pass the guards the most probable
    /// one is taken. 1 takes the most probable token each time.
    public let beams: Int
    /// Above 0, tokens are drawn at this temperature.
    public let temperature: Float
    /// Seed of the draws: the same for every prompt, so that a rewrite does not depend on the others.
    public let seed: UInt64
    /// Whether a rewrite that breaks a guard is written again, now with its protected spans as
    /// copies only; what shares no word of its own with the prompt is not taken then. Rewrites that
    /// pass stay as they are.
    public let isConstrained: Bool

    /// Greedy and free unless told otherwise.
    ///
    /// - Precondition: `beams` ≥ 1, `temperature` ≥ 0; of several beams nothing is drawn.
    public init(
      beams: Int = 1, temperature: Float = 0, seed: UInt64 = 0, isConstrained: Bool = false
    ) {
      precondition(
        beams >= 1 && temperature >= 0 && (beams == 1 || temperature == 0),
        "rewriter: \(beams) beams at a temperature of \(temperature)")
      self.beams = beams
      self.temperature = temperature
      self.seed = seed
      self.isConstrained = isConstrained
    }
  }

  /// Rewrites one prompt.
  public func rewrite(
    _ prompt: String, kind: PromptKind? = nil, options: Options = Options()
  ) -> Rewrite {
    rewrite([prompt], kinds: [kind], options: options)[0]
  }

  /// Rewrites prompts in one batch; whatever breaks a guard is kept as it was.
  ///
  /// - Parameters:
  ///   - prompts: May hold anything.
  ///   - kinds: The kind of each, or nil for "not said".
  ///   - required: Words that must survive, for each prompt; empty for none known.
  /// - Returns: One result for each prompt, in their order.
  public func rewrite(
    _ prompts: [String], kinds: [PromptKind?], required: [[String]] = [],
    options: Options = Options()
  ) -> [Rewrite] {
    precondition(kinds.count == prompts.count, "rewrite: \(kinds.count) kinds")
    let start = ContinuousClock.now
    let inputs = prompts.indices.map { index in
      Input(
        prompt: prompts[index], kind: kinds[index],
        required: required.isEmpty ? [] : required[index])
    }
    var attempts = attempts(at: inputs, options, constrained: false)
    if options.isConstrained {
      let broken = attempts.indices.filter { attempts[$0].wasAsked && !attempts[$0].hasPassed }
      let again = self.attempts(at: broken.map { inputs[$0] }, options, constrained: true)
      for (index, attempt) in zip(broken, again) where attempt.hasPassed {
        attempts[index] = attempt
      }
    }
    let elapsed = (ContinuousClock.now - start) / .milliseconds(1)
    return zip(prompts, attempts).map { prompt, attempt in
      Rewrite(of: prompt, attempt.outcome, tokens: attempt.tokens, milliseconds: elapsed)
    }
  }

  /// What came of one try to rewrite a prompt.
  private struct Attempt {
    var outcome: Result<String, GuardViolation>
    var tokens = 0
    /// Whether the rewriter was asked at all.
    var wasAsked = true

    var hasPassed: Bool { if case .success = outcome { true } else { false } }
  }

  private func attempts(
    at inputs: [Input], _ options: Options, constrained: Bool
  ) -> [Attempt] {
    let drafts = drafts(of: inputs, count: 1, options, constrained: constrained)
    return zip(inputs, drafts).map { input, drafts in
      switch drafts {
      case .failure(let reason): Attempt(outcome: .failure(reason), wasAsked: false)
      case .success(let drafts): attempt(at: input, drafts)
      }
    }
  }

  /// The first draft that passes the guards, else what the first one breaks.
  private func attempt(at input: Input, _ drafts: [Draft]) -> Attempt {
    var first: Attempt?
    for draft in drafts {
      let attempt = Attempt(outcome: checked(draft, of: input), tokens: draft.tokens.count)
      if attempt.hasPassed { return attempt }
      first = first ?? attempt
    }
    return first ?? Attempt(outcome: .failure(.unfinished))
  }
}
