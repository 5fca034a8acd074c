import Foundation
import LanguageModels
import NeuralNetworks

extension Guards {
  /// The metadata of a GGUF file that hold them, as JSON.
  public static let metadataKey = "mapo.guards"

  /// Bytes that their file may have.
  private static let largestFile = 1 << 16

  /// Reads the guards that were exported with a rewriter.
  ///
  /// - Parameter model: The rewriter's folder, or its GGUF file.
  /// - Returns: Nil where there are none: the model is no exported rewriter.
  /// - Throws: `CheckpointError` where they are damaged.
  public init?(ofModelAt model: URL) throws {
    if ModelFolder.isGGUF(model) {
      guard let text = try GGUFFile(contentsOf: model).string(Self.metadataKey) else { return nil }
      try self.init(json: Data(text.utf8), file: model, of: "'\(Self.metadataKey)'")
    } else {
      let file = model.appendingPathComponent(Rewriter.guardsFileName)
      guard FileManager.default.fileExists(atPath: file.path) else { return nil }
      try self.init(json: Self.contents(of: file), file: file, of: "the file")
    }
  }

  /// - Parameter place: What holds them, for errors.
  private init(json: Data, file: URL, of place: String) throws(CheckpointError) {
    do {
      self = try JSONDecoder().decode(Guards.self, from: json)
    } catch {
      throw .unreadable(
        file: file.path,
        reason: "\(place) is no JSON object with the numbers maximumLengthRatio and extraCharacters"
      )
    }
  }

  private static func contents(of file: URL) throws(CheckpointError) -> Data {
    let data: Data
    do {
      let handle = try FileHandle(forReadingFrom: file)
      defer { handle.closeFile() }
      data = try handle.read(upToCount: largestFile + 1) ?? Data()
    } catch {
      throw .unreadable(file: file.path, reason: (error as NSError).localizedDescription)
    }
    guard data.count <= largestFile else {
      throw .unreadable(file: file.path, reason: "it has more than \(largestFile) bytes")
    }
    return data
  }
}
