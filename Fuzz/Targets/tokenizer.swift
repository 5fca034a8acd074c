import Foundation
import Tokenizers

private let texts = [
  "", "Hello, world! It's 2024.\r\n\n  done", "<|end|><|im_start|>user\nabc",
  "naïve 한국어 \u{1F600}\u{200D}e\u{301}\u{0}\t   ", String(repeating: " a", count: 50),
]

/// Makes the tokenizer of a tokenizer.json and takes texts there and back.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  check(start, count) { data in
    let tokenizer = try Tokenizer(json: data, name: "fuzzed")
    precondition(tokenizer.vocabularySize <= count, "more tokens than the file can hold")
    for text in texts {
      let ids = tokenizer.encode(text)
      let marked = tokenizer.encode(markup: tokenizer.shielded(text))
      for id in ids + marked + tokenizer.encode(markup: text) {
        precondition(0 <= id && id < tokenizer.vocabularySize, "id \(id) is no token")
      }
      _ = tokenizer.decode(ids)
    }
  }
}

/// Edits the JSON by whole values.
@_cdecl("LLVMFuzzerCustomMutator")
public func customMutator(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int, _ seed: UInt32
) -> Int {
  mutate(data, size, limit, seed: seed) { mutateJSON(&$0, using: &$1) }
}
