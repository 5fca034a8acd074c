import Foundation
import Tasks

/// What became of one evaluated prompt on one target: a line of `rewrites.jsonl`.
public struct EvaluatedRewrite: Codable, Equatable, Sendable {
  /// Names of the target and the task, and why the prompt was held out.
  public var target, task, heldOut: String
  /// The prompt as it was, and as the MAPO rewriter left it.
  public var original, rewritten: String
  /// Why a guard kept the original; nil where the rewriter's text is used.
  public var reason: String?
  /// Mean scores under F, the baselines, S and M; nil where every call failed.
  public var originalScore, constantScore, lookupScore, sftScore, mapoScore: Double?
  /// M − F: the mean over the examples that both were answered on, and its standard error; nil where
  /// there are none, or fewer than two.
  public var gain, gainStandardError: Double?
  /// How many these examples are.
  public var examples: Int
}

extension EvaluatedRewrite {
  /// Longer texts are not read, in code points.
  package static let maximumTextLength = 20_000

  /// The beginnings of its texts.
  var clipped: EvaluatedRewrite {
    var copy = self
    (copy.original, copy.rewritten) = (clip(original), clip(rewritten))
    (copy.heldOut, copy.reason) = (clip(heldOut), reason.map(clip))
    return copy
  }

  /// Code points of all texts.
  var textLength: Int {
    [original, rewritten, heldOut, reason ?? ""].reduce(0) { $0 + $1.unicodeScalars.count }
  }

  private func clip(_ text: String) -> String {
    guard text.utf8.count > Self.maximumTextLength else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(Self.maximumTextLength)))
  }
}

extension TargetEvaluation {
  /// What became of every prompt.
  var rewrites: [EvaluatedRewrite] {
    prompts.map { prompt in
      let gain = RunningMoments(
        prompt.differences(.mapo, minus: .original).compactMap(\.self))
      return EvaluatedRewrite(
        target: target, task: prompt.task.name, heldOut: prompt.heldOut.rawValue,
        original: prompt.prompt.text, rewritten: prompt.texts[.mapo] ?? prompt.prompt.text,
        reason: prompt.reason, originalScore: prompt.mean(.original),
        constantScore: prompt.mean(.constant), lookupScore: prompt.mean(.lookup),
        sftScore: prompt.mean(.sft), mapoScore: prompt.mean(.mapo),
        gain: gain.count > 0 ? gain.mean : nil,
        gainStandardError: gain.count > 1 ? gain.standardError : nil, examples: gain.count)
    }
  }
}

extension RunFolder {
  /// Every evaluated prompt with its rewrite and scores, one JSON object a line.
  public var rewritesFile: URL { url.appendingPathComponent("rewrites.jsonl") }

  /// Writes `rewrites.jsonl` as a whole.
  ///
  /// - Throws: The file system's error.
  func write(_ rewrites: [EvaluatedRewrite]) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let lines = try rewrites.map { try encoder.encode($0) + [UInt8(ascii: "\n")] }
    try Data(lines.joined()).write(to: rewritesFile, options: .atomic)
  }
}
