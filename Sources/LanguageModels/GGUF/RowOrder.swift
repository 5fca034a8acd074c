/// In which order the rows of a matrix, or the numbers of a vector, stand in a GGUF file.
///
/// The rotary embedding turns pairs of numbers of a head. Published models of the LLaMA family pair
/// number j with j + D/2; llama.cpp pairs neighbours in the architecture `llama`, and keeps the
/// published pairs in others. The rows that make queries and keys are exchanged accordingly.
enum RowOrder: Equatable {
  /// As in the published checkpoint.
  case published
  /// Within each head of D rows: 0, D/2, 1, D/2 + 1, …
  case pairsTogether(headWidth: Int)

  /// The order of a tensor, which has its name in the file.
  init(of name: String, in configuration: TransformerConfiguration) {
    let isRotated = name.contains(".attn_q.") || name.contains(".attn_k.")
    switch configuration.family {
    case .llama where isRotated, .mistral where isRotated:
      self = .pairsTogether(headWidth: configuration.headWidth)
    case .llama, .mistral, .qwen2, .qwen3: self = .published
    }
  }

  /// The published row that stands at `row` of the file.
  func published(_ row: Int) -> Int {
    switch self {
    case .published: row
    case .pairsTogether(let headWidth):
      row - row % headWidth + row % headWidth / 2 + row % 2 * (headWidth / 2)
    }
  }
}
