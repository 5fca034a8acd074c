import Dispatch
import Foundation
import LanguageModels
import NeuralNetworks
import Tensors
import Tokenizers

/// A target model that runs in this process, from a folder in Hugging Face's layout.
///
/// The model reads the prompt and the answer token, and writes the answer up to the end token. An
/// actor on a queue of its own: long computations would otherwise block the cooperative threads.
public actor EmbeddedTarget: TargetModel {
  /// What reports call it.
  public nonisolated let name: String
  /// Hash of the files that the model consists of.
  public nonisolated let fingerprint: String

  private let executor: QueueExecutor
  private let model: Transformer
  private let tokenizer: Tokenizer
  private let answerToken: Int32
  private let endToken: Int32

  /// The actor's own queue.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Reads a folder.
  ///
  /// - Throws: `CheckpointError` or `TokenizerError` where a file is missing or damaged, lacks the
  ///   special tokens, or is of a reward model; `MatrixKernelsError` where no model could compute.
  public init(name: String, folder: URL) throws {
    let contents = try ModelFolder(contentsOf: folder)
    guard contents.model.head == .tokens else {
      throw CheckpointError.unreadable(
        file: folder.path, reason: "it is a reward model, not a language model")
    }
    guard let answerToken = contents.tokenizer.id(ofSpecial: SpecialToken.answer),
      let endToken = contents.tokenizer.id(ofSpecial: SpecialToken.end)
    else {
      throw CheckpointError.unreadable(
        file: folder.appendingPathComponent("tokenizer.json").path,
        reason: "it lacks the special tokens \(SpecialToken.answer) and \(SpecialToken.end)")
    }
    self.name = name
    fingerprint = try Self.fingerprint(of: folder)
    executor = QueueExecutor(label: "target.\(name)")
    model = contents.model
    tokenizer = contents.tokenizer
    self.answerToken = answerToken
    self.endToken = endToken
  }

  /// Answers all requests in one ragged batch.
  public func complete(
    _ requests: [CompletionRequest]
  ) -> [Result<Completion, TargetModelError>] {
    var results = [Result<Completion, TargetModelError>?](repeating: nil, count: requests.count)
    var (free, labelled): ([Item], [Item]) = ([], [])
    for (index, request) in requests.enumerated() {
      let prompt = tokenizer.encode(request.prefix + request.rest) + [answerToken]
      let answers = request.labels.map { tokenizer.encode($0) + [endToken] }
      let item = Item(index: index, prompt: prompt, answers: answers, request: request)
      let limit = model.configuration.maximumLength
      let longest = answers.map(\.count).max() ?? request.sampling.maximumTokens
      if prompt.count + longest > limit {
        results[index] = .failure(.promptTooLong(tokens: prompt.count, limit: limit))
      } else if answers.isEmpty {
        free.append(item)
      } else {
        labelled.append(item)
      }
    }
    for (item, completion) in zip(free, generate(free)) {
      results[item.index] = .success(completion)
    }
    for (item, completion) in zip(labelled, chooseLabels(labelled)) {
      results[item.index] = .success(completion)
    }
    return results.compactMap(\.self)
  }

  private struct Item {
    let index: Int
    let prompt: [Int32]
    /// The labels to choose from, each with its end token.
    let answers: [[Int32]]
    let request: CompletionRequest
  }

  private func generate(_ items: [Item]) -> [Completion] {
    let outputs = model.generate(
      items.map {
        GenerationRequest(
          prompt: $0.prompt, maximumNewTokens: $0.request.sampling.maximumTokens,
          temperature: $0.request.sampling.temperature, seed: $0.request.sampling.seed)
      }, endToken: endToken, slots: 128)
    return zip(items, outputs).map { item, output in
      Completion(
        text: tokenizer.decode(output.tokens), promptTokens: item.prompt.count,
        outputTokens: output.tokens.count)
    }
  }

  /// For each item the label with the highest log-likelihood, its end token included.
  private func chooseLabels(_ items: [Item]) -> [Completion] {
    let scores = model.score(
      items.map { ScoringRequest(prompt: $0.prompt, answers: $0.answers) })
    return zip(items, scores).map { item, scores in
      let best =
        scores.indices.max { scores[$0].logLikelihood < scores[$1].logLikelihood } ?? 0
      return Completion(
        text: item.request.labels[best], promptTokens: item.prompt.count,
        outputTokens: item.answers[best].count - 1)
    }
  }

  private static func fingerprint(of folder: URL) throws -> String {
    var hash = StableHash()
    for file in ["config.json", "model.safetensors", "tokenizer.json"] {
      let url = folder.appendingPathComponent(file)
      hash.combine(try Data(contentsOf: url, options: .mappedIfSafe))
    }
    return hash.text
  }
}

/// Runs an actor's work on one queue of its own.
private final class QueueExecutor: SerialExecutor {
  private let queue: DispatchQueue

  init(label: String) { queue = DispatchQueue(label: label) }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}
