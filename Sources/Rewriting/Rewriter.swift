import Foundation
import LanguageModels
import NeuralNetworks
import Tokenizers

/// What became of one prompt.
public struct Rewrite: Sendable, Codable, Equatable {
  /// The prompt as it was given.
  public var original: String
  /// The prompt to use.
  public var rewritten: String
  /// Whether a guard fell back to the original.
  public var kept: Bool
  /// Why it was kept; nil where it was not.
  public var reason: String?
  /// Tokens that the rewriter wrote.
  public var tokens: Int
  /// Time that the batch took.
  public var milliseconds: Double
}

extension Rewrite {
  /// All fields, the reason too where there is none.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(original, forKey: .original)
    try container.encode(rewritten, forKey: .rewritten)
    try container.encode(kept, forKey: .kept)
    try container.encode(reason, forKey: .reason)
    try container.encode(tokens, forKey: .tokens)
    try container.encode(milliseconds, forKey: .milliseconds)
  }
}

/// A trained rewriter: prompts in, prompts for its target model out.
///
/// Owned by one task: a model is not `Sendable`.
public final class Rewriter {
  /// What every rewrite has to pass.
  public let guards: Guards
  private let model: Transformer
  private let tokenizer: Tokenizer
  private let format: RewriterFormat

  /// Reads an exported rewriter.
  ///
  /// - Throws: `CheckpointError` or `TokenizerError` where a file is missing or damaged.
  public init(contentsOf folder: URL) throws {
    let contents = try ModelFolder(contentsOf: folder).merged()
    let guardsFile = folder.appendingPathComponent(Self.guardsFileName)
    do {
      guards = try JSONDecoder().decode(Guards.self, from: Data(contentsOf: guardsFile))
    } catch {
      throw CheckpointError.unreadable(
        file: guardsFile.path, reason: "an exported rewriter has its guards here")
    }
    guard contents.model.head == .tokens, let format = RewriterFormat(contents.tokenizer) else {
      throw CheckpointError.unreadable(
        file: folder.path, reason: "it is a language model, but not a rewriter")
    }
    (model, tokenizer, self.format) = (contents.model, contents.tokenizer, format)
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

  /// The file beside the weights that holds the guards' settings.
  public static let guardsFileName = "guards.json"

  /// Rewrites one prompt.
  public func rewrite(_ prompt: String, kind: PromptKind? = nil) -> Rewrite {
    rewrite([prompt], kinds: [kind])[0]
  }

  /// Rewrites prompts in one batch, greedily; whatever breaks a guard is kept as it was.
  ///
  /// - Parameters:
  ///   - prompts: May hold anything.
  ///   - kinds: The kind of each, or nil for "not said".
  ///   - required: Words that must survive, for each prompt; empty for none known.
  /// - Returns: One result for each prompt, in their order.
  public func rewrite(
    _ prompts: [String], kinds: [PromptKind?], required: [[String]] = []
  ) -> [Rewrite] {
    precondition(kinds.count == prompts.count, "rewrite: \(kinds.count) kinds")
    let clock = ContinuousClock()
    let start = clock.now
    var reasons = prompts.map(Guards.reasonToKeep)
    var outputs = [GenerationResult?](repeating: nil, count: prompts.count)
    let requests = makeRequests(prompts, kinds, &reasons)
    let results = model.generate(requests.map(\.request), endToken: format.endToken)
    for ((index, _), result) in zip(requests, results) { outputs[index] = result }
    let rewritten = outputs.map { $0.map { tokenizer.decode($0.tokens) } ?? "" }
    for (index, output) in outputs.enumerated() {
      guard let output, reasons[index] == nil else { continue }
      reasons[index] =
        output.ended
        ? guards.violation(
          original: prompts[index], rewritten: rewritten[index],
          required: required.isEmpty ? [] : required[index])
        : .unfinished
    }
    let elapsed = (clock.now - start) / .milliseconds(1)
    return prompts.indices.map { index in
      Rewrite(
        original: prompts[index],
        rewritten: reasons[index] == nil ? rewritten[index] : prompts[index],
        kept: reasons[index] != nil, reason: reasons[index]?.description,
        tokens: outputs[index]?.tokens.count ?? 0, milliseconds: elapsed)
    }
  }

  /// What can be asked of the model; a prompt that does not fit gets a reason instead.
  private func makeRequests(
    _ prompts: [String], _ kinds: [PromptKind?], _ reasons: inout [GuardViolation?]
  ) -> [(index: Int, request: GenerationRequest)] {
    // Half of the model's length is for reading, half for writing.
    let limit = model.configuration.maximumLength / 2
    return prompts.indices.compactMap { index in
      guard reasons[index] == nil else { return nil }
      let tokens = format.prompt(prompts[index], kind: kinds[index])
      guard tokens.count <= limit else {
        reasons[index] = .promptTooLong(tokens: tokens.count, limit: limit)
        return nil
      }
      return (index, GenerationRequest(prompt: tokens, maximumNewTokens: limit))
    }
  }
}
