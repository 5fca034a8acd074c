import Foundation

extension Tokenizer {
  static let largestFile = 1 << 26
  static let largestVocabulary = 1 << 20

  /// Reads a `tokenizer.json` as this type and the `tokenizers` library of Hugging Face write it.
  ///
  /// What is read: byte-level BPE with GPT-2's rule for words. Anything in the file that would lead
  /// to other ids is refused by name, as are vocabularies without all 256 bytes, added tokens that
  /// are not special, and merges that spell a special token.
  ///
  /// - Throws: `TokenizerError`, whose cases say what is wrong and where.
  public init(contentsOf url: URL) throws(TokenizerError) {
    let name = url.lastPathComponent
    let file = try Self.decodeFile(at: url)
    if let (field, found) = file.unsupported {
      throw .unsupported(file: name, field: field, found: found)
    }
    for (field, size) in [
      ("model.vocab", file.model.vocab.count),
      ("model.merges", file.model.merges.count), ("added_tokens", file.addedTokens?.count ?? 0),
    ]
    where size > Self.largestVocabulary {
      throw .tooLarge(file: name, field: field, size: size, limit: Self.largestVocabulary)
    }
    let parts = VocabularyReader(name: name, file: file)
    let special = try parts.specialTokens()
    let tokens = try parts.tokens(special: special)
    let merges = try parts.merges(tokens: tokens)
    self.init(tokens: tokens, specialTokens: special, merges: merges)
  }

  private static func decodeFile(at url: URL) throws(TokenizerError) -> TokenizerFile {
    let name = url.lastPathComponent
    do {
      let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
      guard size <= largestFile else {
        throw TokenizerError.tooLarge(file: name, field: "", size: size, limit: largestFile)
      }
      return try JSONDecoder().decode(TokenizerFile.self, from: Data(contentsOf: url))
    } catch let error as TokenizerError {
      throw error
    } catch let error as DecodingError {
      throw TokenizerError(error, file: name)
    } catch CocoaError.fileReadNoSuchFile {
      throw .unreadable(file: name, reason: "there is no such file")
    } catch {
      throw .unreadable(file: name, reason: error.localizedDescription)
    }
  }
}

extension TokenizerError {
  /// Where decoding stopped, as a path of keys.
  fileprivate init(_ error: DecodingError, file: String) {
    let (context, key, reason): (DecodingError.Context, (any CodingKey)?, String)
    switch error {
    case .keyNotFound(let name, let found): (context, key, reason) = (found, name, "is missing")
    case .valueNotFound(_, let found): (context, key, reason) = (found, nil, "is null")
    case .typeMismatch(_, let found): (context, key, reason) = (found, nil, "has the wrong type")
    case .dataCorrupted(let found): (context, key, reason) = (found, nil, "is not valid")
    @unknown default:
      self = .unreadable(file: file, reason: error.localizedDescription)
      return
    }
    let path = context.codingPath + [key].compactMap { $0 }
    if path.isEmpty {
      self = .unreadable(file: file, reason: context.debugDescription)
      return
    }
    let field = path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    self = .malformed(file: file, field: String(field.prefix(80)), reason: reason)
  }
}

/// Checks the vocabulary and the merges of a file against each other.
private struct VocabularyReader {
  let name: String
  let file: TokenizerFile

  func specialTokens() throws(TokenizerError) -> [String: Int32] {
    var result: [String: Int32] = [:]
    for (index, token) in (file.addedTokens ?? []).enumerated() {
      let field = "added_tokens.\(index)"
      guard token.special else {
        throw .unsupported(file: name, field: field + ".special", found: "false")
      }
      let expected = file.model.vocab[token.content] ?? token.id
      guard token.id == expected, (0..<Tokenizer.largestVocabulary).contains(token.id) else {
        throw malformed(field + ".id", "is \(token.id), which does not fit the vocabulary")
      }
      guard result.updateValue(Int32(token.id), forKey: token.content) == nil else {
        throw malformed(field + ".content", "is there twice")
      }
    }
    return result
  }

  /// Bytes by id; ids must be complete and unique.
  func tokens(special: [String: Int32]) throws(TokenizerError) -> [[UInt8]] {
    let ordinary = file.model.vocab.filter { special[$0.key] == nil }
    let count = ordinary.count + special.count
    var slots = [[UInt8]?](repeating: nil, count: count)
    for id in special.values {
      guard id < count, slots[Int(id)] == nil else {
        throw malformed("added_tokens", "has ids that are not consecutive with the vocabulary's")
      }
      slots[Int(id)] = []
    }
    for (text, id) in ordinary {
      guard slots.indices.contains(id), slots[id] == nil else {
        throw malformed("model.vocab", "has ids that are not 0..<\(count), each once")
      }
      guard let bytes = ByteAlphabet.bytes(of: text), !bytes.isEmpty else {
        throw malformed("model.vocab", "has token \(id) that is not in the byte alphabet")
      }
      slots[id] = bytes
    }
    let tokens = slots.compactMap { $0 }
    guard Set(tokens.lazy.filter { $0.count == 1 }).count == 256 else {
      throw malformed("model.vocab", "does not have all 256 bytes")
    }
    return tokens
  }

  func merges(tokens: [[UInt8]]) throws(TokenizerError) -> [Merge] {
    var ids: [[UInt8]: Int32] = [:]
    for (id, bytes) in tokens.enumerated() where !bytes.isEmpty { ids[bytes] = Int32(id) }
    var seen: Set<TokenPair> = []
    var merges: [Merge] = []
    for (rank, text) in file.model.merges.enumerated() {
      let parts = text.parts.compactMap(ByteAlphabet.bytes(of:))
      guard text.parts.count == 2, parts.count == 2, let left = ids[parts[0]],
        let right = ids[parts[1]], let result = ids[parts[0] + parts[1]]
      else {
        throw malformed("model.merges.\(rank)", "does not join two tokens into a third")
      }
      guard seen.insert(TokenPair(left, right)).inserted else {
        throw malformed("model.merges.\(rank)", "is there twice")
      }
      merges.append(Merge(left: left, right: right, result: result))
    }
    return merges
  }

  private func malformed(_ field: String, _ reason: String) -> TokenizerError {
    .malformed(file: name, field: field, reason: reason)
  }
}
