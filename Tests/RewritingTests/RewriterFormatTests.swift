import LanguageModels
import Rewriting
import Testing
import Tokenizers

@Suite struct RewriterFormatTests {
  private static let texts = [
    "Is it good or bad?\n{{text}}", "", "  spaces \n\n", "it's \"so\" \\n {% if %} {{ x }} {# y #}",
    "é e\u{301} 漢 🧑‍🚀\u{200B}", "<|answer|><|endoftext|><|pad|>", "<|turn|>user\nx<|end|>\n<|turn|>",
    "This is a task.\nmapo-question",
  ]

  private static let chat = """
    {%- if messages[0].role != 'system' %}
    {{- bos_token + '<|turn|>system\\nIt\\'s {{ so }}.<|end|>\\n' }}
    {%- endif %}
    {%- for message in messages %}
    {{- '<|turn|>' + message.role + '\\n' + message.content + '<|end|>\\n' }}
    {%- endfor %}
    {%- if add_generation_prompt %}{{- '<|turn|>assistant\\n' }}{%- endif %}
    """

  private static let trimmingChat = chat.replacing(
    "message.content", with: "(message.content | trim)")

  private let own = Tokenizer.train(
    on: texts + ["This is a classification task."], vocabularySize: 300,
    specialTokens: SpecialToken.all)
  private let other = Tokenizer.train(
    on: texts + ["This is a classification task."], vocabularySize: 300,
    specialTokens: ["<s>", "<|stop|>", "<|turn|>", "<|end|>"])

  private func id(_ name: String) throws -> Int32 { try #require(other.id(ofSpecial: name)) }

  private func user(_ content: String) -> [ChatMessage] {
    [ChatMessage(role: .user, content: content)]
  }

  /// The exported template says what the format encodes, for every kind and every text.
  private func expectAgreement(_ format: RewriterFormat, _ tokenizer: Tokenizer) throws {
    for text in Self.texts {
      for kind in PromptKind.allCases + [nil] {
        let variables = kind.map { ["kind": $0.rawValue] } ?? [:]
        #expect(
          try format.exportedTemplate.encode(user(text), tokenizer: tokenizer, variables: variables)
            == format.prompt(text, kind: kind), "\(text)")
      }
      #expect(
        try format.exportedTemplate.encode(
          user(text), tokenizer: tokenizer, variables: ["kind": "poetry"])
          == format.prompt(text, kind: nil))
    }
  }

  @Test func ourTokenizersHaveAnAnswerToken() throws {
    let format = try #require(RewriterFormat(own))
    let answer = try #require(own.id(ofSpecial: SpecialToken.answer))
    for text in Self.texts {
      let expected = own.encode(RewriterFormat.prefix(.qa) + "\n" + text) + [answer]
      #expect(format.prompt(text, kind: .qa) == expected)
    }
    #expect(format.endTokens == [format.endToken])
    try expectAgreement(format, own)
    // Their format is that, whatever the folder says.
    let folder = try RewriterFormat(own, endTokens: [], template: ChatTemplate(Self.chat))
    #expect(folder.exportedTemplate == format.exportedTemplate)
  }

  @Test func chatModelsSeeAMessage() throws {
    let template = try ChatTemplate(Self.chat, specialTokens: ["bos_token": "<s>"])
    let endTokens = [try id("<|stop|>"), try id("<|end|>")]
    let format = try RewriterFormat(other, endTokens: endTokens, template: template)
    for text in Self.texts {
      let message = user(RewriterFormat.prefix(.generation) + "\n" + text)
      #expect(
        try format.prompt(text, kind: .generation)
          == template.encode(message, tokenizer: other))
    }
    // The template ends an answer with the second of them.
    #expect(format.endTokens == endTokens.reversed())
    #expect(format.response("x") == other.encode("x") + [try id("<|end|>")])
    try expectAgreement(format, other)
    #expect(format.exportedTemplate.specialTokens == ["bos_token": "<s>"])
  }

  /// Llama 3's template trims messages.
  @Test func templatesThatTrimMessages() throws {
    let template = try ChatTemplate(Self.trimmingChat, specialTokens: ["bos_token": "<s>"])
    let format = try RewriterFormat(other, endTokens: [try id("<|end|>")], template: template)
    for text in Self.texts {
      #expect(format.prompt(" \n\(text)\t ", kind: .qa) == format.prompt(text, kind: .qa))
    }
    for text in Self.texts where !text.isEmpty && text.first?.isWhitespace == false {
      let message = user(RewriterFormat.prefix(.qa) + "\n" + text)
      #expect(
        try format.prompt(text, kind: .qa) == template.encode(message, tokenizer: other))
    }
    try expectAgreement(format, other)
  }

  @Test(arguments: [chat, trimmingChat])
  func anExportedFormatIsNotWrappedTwice(chat: String) throws {
    let template = try ChatTemplate(chat, specialTokens: ["bos_token": "<s>"])
    let endTokens = [try id("<|stop|>"), try id("<|end|>")]
    let first = try RewriterFormat(other, endTokens: endTokens, template: template)
    let second = try RewriterFormat(
      other, endTokens: first.endTokens, template: first.exportedTemplate)
    #expect(second.exportedTemplate == first.exportedTemplate)
    #expect(second.endTokens == first.endTokens)
    for text in Self.texts {
      #expect(second.prompt(text, kind: nil) == first.prompt(text, kind: nil))
    }
  }

  @Test func otherModelsSeeAHeading() throws {
    let end = try id("<|stop|>")
    let format = try RewriterFormat(other, endTokens: [end], template: nil)
    for text in Self.texts {
      let expected = other.encode(RewriterFormat.prefix(nil) + "\n" + text + "\n\nRewritten:\n")
      #expect(format.prompt(text, kind: nil) == expected)
    }
    try expectAgreement(format, other)
    let again = try RewriterFormat(other, endTokens: [end], template: format.exportedTemplate)
    #expect(again.exportedTemplate == format.exportedTemplate)
  }

  /// What the tokenizer's file puts before a text stands before the sentence.
  @Test func aTokenThatOpensEveryTextIsKept() throws {
    var parts = other.parts
    let end = try id("<|stop|>")
    for opening in [try id("<s>"), try #require(other.encode("x").first)] {
      parts.prefixTokens = [opening]
      let tokenizer = try Tokenizer(parts, file: "tokenizer.json")
      let format = try RewriterFormat(tokenizer, endTokens: [end], template: nil)
      let expected = other.encode(RewriterFormat.prefix(.qa) + "\nIs it?\n\nRewritten:\n")
      #expect(format.prompt("Is it?", kind: .qa) == [opening] + expected)
      if tokenizer.addedTokens.contains(where: { $0.id == opening }) {
        try expectAgreement(format, tokenizer)
      }
    }
  }

  @Test func refusals() throws {
    #expect(RewriterFormat(other) == nil)
    let noEnd = #expect(throws: RewriterFormatError.self) {
      try RewriterFormat(other, endTokens: [], template: nil)
    }
    #expect(noEnd?.description == "the model has no token that ends an answer")
    let unusable = #expect(throws: RewriterFormatError.self) {
      try RewriterFormat(other, endTokens: [1], template: ChatTemplate("Hello."))
    }
    #expect(
      unusable?.description == "the chat template cannot be applied: it does not show a user's "
        + "message once and as it is")
    let large = "{{ 'x' * 100000 }}{{ messages[0].content }}"
    #expect(throws: RewriterFormatError.self) {
      try RewriterFormat(other, endTokens: [1], template: ChatTemplate(large))
    }
  }
}
