/// The families of published decoders that are read and written: how `config.json` names them, and
/// what they add to the LLaMA architecture.
public enum ModelFamily: String, Codable, Sendable, CaseIterable {
  /// LLaMA, and what takes its name, such as SmolLM2: biases in all attention maps or in none.
  case llama
  /// Mistral: the same without biases. Sequences are no longer than its sliding window.
  case mistral
  /// Qwen2: biases of queries, keys and values.
  case qwen2
  /// Qwen3: queries and keys are normalised head by head; biases as in LLaMA.
  case qwen3
}
