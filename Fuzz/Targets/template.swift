import Foundation
import LanguageModels

private let conversations: [[ChatMessage]] = [
  [], [ChatMessage(role: .user, content: "Name a <|im_start|> color.\n{{ x }}")],
  [
    ChatMessage(role: .system, content: ""), ChatMessage(role: .user, content: "é \u{1F600}"),
    ChatMessage(role: .assistant, content: "  two\nlines "), ChatMessage(role: .user, content: "3"),
  ],
]

/// Reads the chat template of a tokenizer_config.json and renders conversations.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  check(start, count) { data in
    let template = try ChatTemplate.read(
      configuration: data, named: "fuzzed", source: nil, named: "chat_template.jinja")
    guard let template else { return }
    for conversation in conversations {
      _ = try template.render(conversation, variables: ["kind": "qa"])
    }
  }
}

/// Edits the JSON by whole values; the template's text only libFuzzer's own mutations change.
@_cdecl("LLVMFuzzerCustomMutator")
public func customMutator(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int, _ seed: UInt32
) -> Int {
  mutate(data, size, limit, seed: seed) { mutateJSON(&$0, using: &$1) }
}
