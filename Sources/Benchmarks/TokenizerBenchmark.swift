import Foundation
import Tokenizers

/// Encoding of a text file, on one thread.
///
/// The file is cut into documents of whole lines, of `documentSize` bytes or a few more together,
/// as `scripts/peers/tokenizers_speed.py` cuts it for Hugging Face's library; special tokens that
/// the text spells become their ids, as there.
public struct TokenizerBenchmark: Sendable {
  private let tokenizer: Tokenizer
  private let documents: [String]
  private let byteCount: Int

  private static let documentSize = 4096
  private static let passes = 5

  /// Reads both files.
  ///
  /// - Throws: `TokenizerError`; `BenchmarkTextError` where the text cannot be read.
  public init(tokenizer: URL, text: URL) throws {
    if Self.isFolder(tokenizer) {
      throw TokenizerError.unreadable(file: tokenizer.path, reason: "it is a folder")
    }
    self.tokenizer = try Tokenizer(contentsOf: tokenizer)
    let content = try Self.contents(of: text)
    byteCount = content.count
    documents = Self.documents(of: String(decoding: content, as: UTF8.self))
  }

  /// Encodes all documents five times.
  public func run() -> TokenizerReport {
    let passes = (0..<Self.passes).map { _ in
      timed { documents.reduce(0) { $0 + tokenizer.encode(markup: $1).count } }
    }
    let best = passes.min { $0.seconds < $1.seconds } ?? passes[0]
    return TokenizerReport(
      megabytesPerSecond: Double(byteCount) / 1e6 / max(best.seconds, .ulpOfOne),
      tokens: best.result)
  }

  private static func contents(of text: URL) throws(BenchmarkTextError) -> Data {
    if isFolder(text) { throw .unreadable(file: text.path, reason: "it is a folder") }
    do {
      return try Data(contentsOf: text)
    } catch CocoaError.fileReadNoSuchFile {
      throw .unreadable(file: text.path, reason: "there is no such file")
    } catch {
      throw .unreadable(file: text.path, reason: (error as NSError).localizedDescription)
    }
  }

  private static func isFolder(_ url: URL) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  private static func documents(of text: String) -> [String] {
    var documents: [String] = []
    var start = text.utf8.startIndex
    var end = start
    while let line = text.utf8[end...].firstIndex(of: UInt8(ascii: "\n")) {
      end = text.utf8.index(after: line)
      if text.utf8.distance(from: start, to: end) < documentSize { continue }
      documents.append(String(text[start..<end]))
      start = end
    }
    if start < text.utf8.endIndex { documents.append(String(text[start...])) }
    return documents
  }
}

/// A text that cannot be encoded.
public enum BenchmarkTextError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file is missing, a folder, or cannot be read.
  case unreadable(file: String, reason: String)

  /// One sentence for the person who ran the command.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "cannot read the text '\(file)': \(reason)"
    }
  }
}

/// What `TokenizerBenchmark` found.
public struct TokenizerReport: Encodable, Sendable {
  /// Bytes of UTF-8 encoded a second by the best of five passes, in units of 1,000,000.
  public let megabytesPerSecond: Double
  /// Tokens of all documents.
  public let tokens: Int
}
