import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing
import Tokenizers

extension TransformerConfiguration {
  /// Two layers, grouped queries: the shape of `Golden/transformer.py`.
  static func tiny(
    vocabulary: Int = 37, maximumLength: Int = 160, tied: Bool = true
  ) -> TransformerConfiguration {
    TransformerConfiguration(
      vocabularySize: vocabulary, width: 24, layers: 2, heads: 4, keyValueHeads: 2,
      feedForward: 20, ropeTheta: 100, normEpsilon: 1e-5, maximumLength: maximumLength,
      tiedEmbeddings: tied)
  }
}

extension Transformer {
  /// A model with the weights that the golden script draws.
  convenience init(
    seeded seed: UInt64, _ configuration: TransformerConfiguration = .tiny(),
    head: TransformerHead = .tokens
  ) {
    self.init(configuration, head: head)
    parameters.drawWeights(seed: seed)
  }

  /// Logits of every token of the sequences, one row after another.
  func allLogits(_ sequences: [[Int32]]) -> [Float] {
    withoutGradient { hiddenStates(PackedBatch(sequences)).logits(head: headWeights) }.values
  }
}

/// Random tokens.
func randomTokens(
  _ count: Int, below vocabulary: Int32 = 37, using random: inout SeededGenerator
) -> [Int32] {
  (0..<count).map { _ in Int32.random(in: 0..<vocabulary, using: &random) }
}

/// Expects that reading a folder fails with one sentence that has these words.
func expectUnreadable(_ folder: URL, _ words: String, sourceLocation: SourceLocation) {
  let error = #expect(throws: (any Error).self, sourceLocation: sourceLocation) {
    _ = try ModelFolder(contentsOf: folder)
  }
  let found = error.map { "\($0)" } ?? ""
  #expect(found.contains(words), sourceLocation: sourceLocation)
  #expect(!found.contains("\n"), "one sentence", sourceLocation: sourceLocation)
}

/// Calls `body` with a new empty folder and removes it afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

/// Replaces one key of a JSON file; nil removes it.
func editJSON(_ url: URL, _ key: String, _ value: Any?) throws {
  let json = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
  var object = try #require(json as? [String: Any])
  object[key] = value
  try JSONSerialization.data(withJSONObject: object).write(to: url)
}

/// Compares the gradients that a backward pass left, at some elements of every parameter, with the slope
/// of the weighted sum of what is computed.
func expectGradients(
  of model: Transformer, _ compute: () -> Tensor, upstream: [Float], elements: Int,
  leavingOut: Set<String> = [], using random: inout SeededGenerator
) {
  let weights = model.parameters.snapshot
  for entry in model.parameters.entries where !leavingOut.contains(entry.name) {
    let gradient = model.parameters[entry.name].gradient ?? []
    for _ in 0..<elements {
      let index = Int.random(in: 0..<gradient.count, using: &random)
      let slope = centralDifference(
        of: { point in
          model.parameters.snapshot = point
          return withoutGradient { compute() }.values.weightedSum(upstream)
        }, at: weights, index: entry.range.lowerBound + index, step: 4e-3)
      // The third derivative of a whole model is larger than that of one operation: 3e-3.
      #expect(
        abs(Double(gradient[index]) - slope) <= 3e-3 * max(1, abs(slope)),
        "\(entry.name)[\(index)]: gradient \(gradient[index]), slope \(slope)")
    }
    model.parameters.snapshot = weights
  }
}
