import Foundation
import LanguageModels
import Rewriting
import Tensors

/// What reading a written model back has shown.
///
/// Both models continue the same prompts greedily. Along the first one's tokens, the divergence of
/// the second's next-token distribution from the first's is measured:
///
///     KL(p ‖ q) = Σ p(t) (log p(t) − log q(t))
public struct ExportParity: Sendable, Codable, Equatable {
  /// Prompts that were continued.
  public let prompts: Int
  /// Prompts that both models continued with the same tokens.
  public let same: Int
  /// Mean divergence over all new tokens, in nats.
  public let meanDivergence: Double

  /// Rounded weights may turn a near-tie; above this divergence it is another model.
  private static let largestDivergence = 0.02
  private static let mostNewTokens = 64

  /// Compares what was to be written with what was written.
  ///
  /// - Parameters:
  ///   - tokens: Prompts as a model reads them.
  ///   - exact: Whether numbers were stored as they are: then all tokens must be the same.
  /// - Throws: `RunError.exportDiffers`; what `tokens` throws.
  package init(
    _ original: ModelFolder, _ written: ModelFolder,
    tokens: ([(text: String, kind: PromptKind?)], ModelFolder) throws -> [[Int32]], exact: Bool
  ) throws {
    let prompts = try tokens(Self.samples, original)
    guard try tokens(Self.samples, written) == prompts, written.endTokens == original.endTokens
    else { throw RunError.exportDiffers("its tokenizer or chat template gives other tokens") }
    let limit = original.model.configuration.maximumLength
    let requests = prompts.map { prompt in
      let fitting = Array(prompt.prefix(max(1, limit - 1)))
      return GenerationRequest(
        prompt: fitting, maximumNewTokens: min(Self.mostNewTokens, limit - fitting.count))
    }
    let expected = original.model.generate(requests, endTokens: original.endTokens)
    let found = written.model.generate(requests, endTokens: original.endTokens)
    let divergences = zip(requests, expected).flatMap { request, result in
      Self.divergences(
        original.model, written.model, prompt: request.prompt, response: result.tokens)
    }
    self.prompts = requests.count
    same = zip(expected, found).count { $0 == $1 }
    meanDivergence = divergences.reduce(0, +) / Double(divergences.count)
    guard exact ? same == prompts.count : meanDivergence <= Self.largestDivergence else {
      throw RunError.exportDiffers(description)
    }
  }

  /// Prompts of several kinds and scripts.
  private static let samples: [(text: String, kind: PromptKind?)] = [
    ("Is this review positive or negative?\nReview: {{text}}\nAnswer:", .classification),
    ("Choose one of world, sports, business, science: {{text}}", .classification),
    ("You are an expert. Name the topic of \"{{title}}\" in one word.", nil),
    ("Read the passage and answer. {{context}} Question: {{question}}", .qa),
    ("Which city does the record name?\n\n{{record}}", .qa),
    ("Write a headline of at most 8 words for: {{article}}", .generation),
    ("Summarise {{document}} in two sentences, please.", .generation),
    ("List the first 3 items.", nil),
    ("Übersetze „{{text}}“ ins Englische – kurz!", .generation),
    ("请判断{{text}}的情感:正面或负面。", .classification),
    ("Say why 🙂 is not 🙁.", nil), ("<|endoftext|> is text here.", nil),
  ]

  private static func divergences(
    _ original: Transformer, _ written: Transformer, prompt: [Int32], response: [Int32]
  ) -> [Double] {
    // Each row predicts the token after it; the last one the end.
    let batch = PackedBatch([prompt + response])
    let rows = Array(prompt.count - 1..<prompt.count + response.count)
    let (p, q) = withoutGradient {
      (
        original.hiddenStates(batch, rows: rows).logits(head: original.headWeights),
        written.hiddenStates(batch, rows: rows).logits(head: written.headWeights)
      )
    }
    let width = original.configuration.vocabularySize
    return p.withValues { p in
      q.withValues { q in
        rows.indices.map { row in
          let range = row * width..<(row + 1) * width
          return divergence(p[range], q[range])
        }
      }
    }
  }

  /// KL(p ‖ q) of two distributions given as logits.
  private static func divergence(
    _ p: Slice<UnsafeBufferPointer<Float>>, _ q: Slice<UnsafeBufferPointer<Float>>
  ) -> Double {
    let (first, second) = (logSumExp(p), logSumExp(q))
    return zip(p, q).reduce(0) { sum, pair in
      let (a, b) = (Double(pair.0) - first, Double(pair.1) - second)
      return sum + exp(a) * (a - b)
    }
  }

  private static func logSumExp(_ logits: Slice<UnsafeBufferPointer<Float>>) -> Double {
    let largest = Double(logits.max() ?? 0)
    return largest + log(logits.reduce(0) { $0 + exp(Double($1) - largest) })
  }
}

extension ExportParity: CustomStringConvertible {
  /// One line for the person who exports.
  public var description: String {
    "\(same) of \(prompts) prompts continued with the same tokens, mean divergence "
      + String(format: "%.1e", meanDivergence) + " nats"
  }
}
