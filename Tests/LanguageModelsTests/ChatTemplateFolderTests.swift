import Foundation
import LanguageModels
import NeuralNetworks
import Testing

@Suite struct ChatTemplateFolderTests {
  private func read(configuration: String?, source: String? = nil) throws -> ChatTemplate? {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in [("tokenizer_config.json", configuration), ("chat_template.jinja", source)]
    {
      try text.map { Data($0.utf8) }?.write(to: folder.appending(path: name))
    }
    return try ChatTemplate.read(from: folder)
  }

  @Test func oneTemplate() throws {
    let template = try #require(
      try read(
        configuration: """
          {"chat_template": "{{ bos_token }}x", "bos_token": "<s>", "pad_token": null,
           "eos_token": {"content": "</s>", "special": true}, "model_max_length": 1e30}
          """))
    #expect(template.source == "{{ bos_token }}x")
    #expect(template.specialTokens == ["bos_token": "<s>", "eos_token": "</s>"])
  }

  @Test func namedTemplates() throws {
    let template = try read(
      configuration: """
        {"chat_template": [{"name": "tool_use", "template": "a"},
         {"name": "default", "template": "b"}]}
        """)
    #expect(template?.source == "b")
    #expect(
      try read(configuration: #"{"chat_template": [{"name": "x", "template": "a"}]}"#) == nil)
  }

  @Test func theFileOfItsOwnHasPrecedence() throws {
    let configuration = #"{"chat_template": "a", "bos_token": "<s>"}"#
    let template = try read(configuration: configuration, source: "b\n")
    #expect(template == (try ChatTemplate("b\n", specialTokens: ["bos_token": "<s>"])))
    #expect(try read(configuration: nil, source: "b")?.source == "b")
  }

  @Test func noTemplate() throws {
    #expect(try read(configuration: nil) == nil)
    #expect(try read(configuration: "{}") == nil)
    #expect(try read(configuration: #"{"chat_template": null}"#) == nil)
  }

  @Test(arguments: [
    ("", "it is not JSON: a value is missing at byte 0"), ("[]", "it is not a JSON object"),
    ("{\"chat_template", "it is not JSON: a string is not closed at byte 15"),
    (
      String(repeating: "[", count: 100_000),
      "it is not JSON: values are nested too deeply at byte 64"
    ),
    (
      "{\"a\":[" + String(repeating: "{},", count: 2_000_000) + "{}]}",
      "it has 6000010 bytes, more than 4194304"
    ),
    ("{\"eos_token\": \"a\", \"eos_token\": \"b\"}", "key 'eos_token' is there twice"),
    ("{\"chat_template\": [1]}", "key 'chat_template' has the wrong type"),
    ("{\"chat_template\": 1}", "key 'chat_template' has the wrong type"),
    (
      "{\"chat_template\": [{\"name\": \"default\", \"template\": []}]}",
      "key 'chat_template' has the wrong type"
    ),
    (
      "{\"chat_template\": \"a\\n{{ x | nofilter }}\"}",
      "the chat template cannot be read: filter 'nofilter'"
    ),
    (
      "{\"chat_template\": \"{% if x %}\"}",
      "the chat template cannot be read: line 1 of the template: unexpected the end"
    ),
  ])
  func damagedFiles(configuration: String, reason: String) {
    let error = #expect(throws: CheckpointError.self) { try read(configuration: configuration) }
    guard case .unreadable(let file, let found)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(file.hasSuffix("tokenizer_config.json") && found == reason)
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let template = try ChatTemplate(
      "{{ bos_token }}\n'\"\\ é {% if x %}{% endif %}", specialTokens: ["bos_token": "<s>"])
    let configuration = try JSONEncoder().encode(template.configuration)
    #expect(try read(configuration: String(decoding: configuration, as: UTF8.self)) == template)
  }
}
