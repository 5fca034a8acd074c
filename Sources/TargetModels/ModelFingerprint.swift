import Foundation
import LanguageModels
import Tensors

/// A hash of the files of a model's folder that decide what it reads and writes, or of its GGUF file.
///
/// - Parameter isComplete: Whether all such files count: weights in however many parts, shapes,
///   tokenizer, chat template and end tokens. Otherwise the three that a model with our special tokens
///   consists of, which say all of that.
/// - Throws: The file system's error.
package func modelFingerprint(of folder: URL, isComplete: Bool = true) throws -> String {
  var hash = StableHash()
  func combine(_ file: URL) throws {
    let contents = try Data(contentsOf: file, options: .alwaysMapped)
    contents.withUnsafeBytes { hash.combine($0) }
  }
  guard !ModelFolder.isGGUF(folder) else {
    try combine(folder)
    return hash.text
  }
  var names = ["config.json", "model.safetensors", "tokenizer.json"]
  if isComplete {
    names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { name in
      decisiveFiles.contains(name) || name.hasPrefix("model") && name.hasSuffix(".safetensors")
    }.sorted()
  }
  for name in names { try combine(folder.appendingPathComponent(name)) }
  return hash.text
}

/// Besides the weights.
private let decisiveFiles: Set = [
  "chat_template.jinja", "config.json", "generation_config.json", "model.safetensors.index.json",
  "tokenizer.json", "tokenizer_config.json",
]
