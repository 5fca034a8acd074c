import LanguageModels

/// The shape of a benchmark's model, written `V,d,L,H,KV,ff`.
public struct ModelShape: Sendable, Equatable {
  private let configuration: TransformerConfiguration

  /// Reads six whole numbers: vocabulary, width, layers, heads, key/value heads, feed-forward width.
  ///
  /// - Throws: `ModelShapeError` where there are not six, or no model can have them.
  public init(_ text: String) throws(ModelShapeError) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    let numbers = parts.compactMap { $0 }
    guard parts.count == 6, numbers.count == 6 else { throw .notSixNumbers(text) }
    configuration = TransformerConfiguration(
      vocabularySize: numbers[0], width: numbers[1], layers: numbers[2], heads: numbers[3],
      keyValueHeads: numbers[4], feedForward: numbers[5], maximumLength: 1)
    if let problem = configuration.problem { throw .impossible(problem) }
  }

  /// The model's configuration for sequences of up to `length` tokens; embeddings are tied.
  ///
  /// - Throws: `ModelShapeError` where the length is out of reach.
  func configuration(length: Int) throws(ModelShapeError) -> TransformerConfiguration {
    var result = configuration
    result.maximumLength = length
    if let problem = result.problem { throw .impossible(problem) }
    return result
  }
}

/// A shape that no model can have.
public enum ModelShapeError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Not six whole numbers.
  case notSixNumbers(String)
  /// What is wrong with the numbers.
  case impossible(String)

  /// One sentence for the person who ran the command.
  public var description: String {
    switch self {
    case .notSixNumbers(let text):
      "a shape is six whole numbers V,d,L,H,KV,ff (vocabulary, width, layers, heads, key/value "
        + "heads, feed-forward width), not '\(text)'"
    case .impossible(let problem): problem
    }
  }
}
