import PromptSearch

extension LanguageModelPromptWriter {
  /// Prompts by a language model behind a server: what it wrote is stored, and nothing is asked twice.
  ///
  /// - Parameter original: Number of the original prompt in the store.
  /// - Throws: `RunError.unusableTarget` where the server's key is not in the environment.
  package init(_ settings: PromptServerConfiguration, _ run: Run, original: Int64) throws(RunError)
  {
    let generator = try StoredGenerator(settings, run)
    self.init { instruction, draw in
      let request = StoredGenerator.Request(instruction: instruction, draw: draw)
      return try await generator.answers(to: [request], about: original)[0]
    }
  }
}
