import Foundation
import LanguageModels
import NeuralNetworks

extension Guards {
  /// The metadata of a GGUF file that hold them, as JSON.
  public static let metadataKey = "mapo.guards"

  /// Reads the guards that were exported with a rewriter.
  ///
  /// - Parameter model: The rewriter's folder, or its GGUF file.
  /// - Returns: Nil where there are none: the model is no exported rewriter.
  /// - Throws: `CheckpointError` where they are damaged.
  public init?(ofModelAt model: URL) throws {
    let file: URL
    let contents: Data
    if ModelFolder.isGGUF(model) {
      guard let text = try GGUFFile(contentsOf: model).string(Self.metadataKey) else { return nil }
      (file, contents) = (model, Data(text.utf8))
    } else {
      file = model.appendingPathComponent(Rewriter.guardsFileName)
      guard FileManager.default.fileExists(atPath: file.path) else { return nil }
      contents = try Data(contentsOf: file)
    }
    do {
      self = try JSONDecoder().decode(Guards.self, from: contents)
    } catch {
      throw CheckpointError.unreadable(
        file: file.path, reason: "an exported rewriter has its guards here")
    }
  }
}
