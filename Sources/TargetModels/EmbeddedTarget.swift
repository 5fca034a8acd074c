import Dispatch
import Foundation
import LanguageModels
import NeuralNetworks
import Tensors
import Tokenizers

/// A target model that runs in this process, from a folder in Hugging Face's layout.
///
/// A model that was trained here reads the prompt and the answer token; another one reads the prompt as
/// a user's message in its chat template, or the prompt alone where it has none. It writes the answer
/// up to an end token. An actor on a queue of its own: long computations would otherwise block the
/// cooperative threads.
public actor EmbeddedTarget: TargetModel {
  /// What reports call it.
  public nonisolated let name: String
  /// Hash of the files that the model consists of.
  public nonisolated let fingerprint: String

  private let executor: QueueExecutor
  private let model: Transformer
  private let tokenizer: Tokenizer
  private let format: TargetFormat

  /// The actor's own queue.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Reads a folder.
  ///
  /// - Throws: `CheckpointError` or `TokenizerError` where a file is missing or damaged, names no
  ///   token that ends an answer, has a chat template that cannot frame a message, or is of a reward
  ///   model; `MatrixKernelsError` where no model could compute.
  public init(name: String, folder: URL) throws {
    let contents = try ModelFolder(contentsOf: folder)
    guard contents.model.adapterConfig == nil else {
      throw CheckpointError.unreadable(
        file: folder.path, reason: "it is an adapter; a target is a whole model")
    }
    guard contents.model.head == .tokens else {
      throw CheckpointError.unreadable(
        file: folder.path, reason: "it is a reward model, not a language model")
    }
    format = try TargetFormat(contents, folder: folder)
    self.name = name
    fingerprint = try modelFingerprint(of: folder, isComplete: !format.isOwn)
    executor = QueueExecutor(label: "target.\(name)")
    model = contents.model
    tokenizer = contents.tokenizer
  }

  /// Answers the requests in ragged batches, each with one reservation for those that fit: its
  /// receipt comes with the last answer of the batch.
  public nonisolated func answers(
    to requests: [CompletionRequest], meter: any CallMeter
  ) -> AsyncStream<Answer> {
    let (stream, continuation) = AsyncStream.makeStream(of: Answer.self)
    let work = Task {
      for start in stride(from: 0, to: requests.count, by: Self.batchSize) {
        let batch = start..<min(start + Self.batchSize, requests.count)
        for answer in await self.answers(requests, batch, meter) { continuation.yield(answer) }
      }
      continuation.finish()
    }
    continuation.onTermination = { _ in work.cancel() }
    return stream
  }

  /// Requests that are computed before their answers are heard of: enough to fill the machine, few
  /// enough that an interruption loses little.
  private static let batchSize = 1024

  private func answers(
    _ requests: [CompletionRequest], _ batch: Range<Int>, _ meter: any CallMeter
  ) -> [Answer] {
    var answers: [Answer] = []
    var items: [Item] = []
    for index in batch {
      switch item(index, requests[index]) {
      case .success(let item): items.append(item)
      case .failure(let error):
        answers.append(Answer(index: index, result: .failure(error), receipts: []))
      }
    }
    guard !items.isEmpty else { return answers }
    do throws(TargetModelError) {
      if Task.isCancelled { throw .cancelled }
      let reservation = try meter.reserve(
        calls: items.count, promptTokens: items.map(\.prompt.count).max() ?? 0,
        outputTokens: items.map(\.longestAnswer).max() ?? 0)
      return answers + answered(items, reservation)
    } catch {
      return answers
        + items.map { Answer(index: $0.index, result: .failure(error), receipts: []) }
    }
  }

  private func answered(_ items: [Item], _ reservation: Int64) -> [Answer] {
    let clock = ContinuousClock()
    let start = clock.now
    let free = items.filter(\.answers.isEmpty)
    let labelled = items.filter { !$0.answers.isEmpty }
    let completions = generate(free) + chooseLabels(labelled)
    let seconds = (clock.now - start) / .seconds(1) / Double(items.count)
    var receipt = CallReceipt(
      reservation: reservation, calls: items.count, promptTokens: 0, outputTokens: 0)
    var answers = zip(free + labelled, completions).map { item, completion in
      var completion = completion
      completion.latencySeconds = seconds
      receipt.promptTokens += completion.promptTokens
      receipt.outputTokens += completion.outputTokens
      return Answer(index: item.index, result: .success(completion), receipts: [])
    }
    answers[answers.count - 1].receipts = [receipt]
    return answers
  }

  private struct Item {
    let index: Int
    let prompt: [Int32]
    /// The labels to choose from, each with its end token.
    let answers: [[Int32]]
    let request: CompletionRequest

    var longestAnswer: Int { answers.map(\.count).max() ?? request.sampling.maximumTokens }
  }

  private func item(_ index: Int, _ request: CompletionRequest) -> Result<Item, TargetModelError> {
    let item = Item(
      index: index, prompt: format.prompt(request.prefix + request.rest),
      answers: request.labels.map(format.answer), request: request)
    let (tokens, limit) = (item.prompt.count, model.configuration.maximumLength)
    return tokens + item.longestAnswer > limit
      ? .failure(.promptTooLong(tokens: tokens, limit: limit)) : .success(item)
  }

  private func generate(_ items: [Item]) -> [Completion] {
    let outputs = model.generate(
      items.map {
        GenerationRequest(
          prompt: $0.prompt, maximumNewTokens: $0.request.sampling.maximumTokens,
          temperature: $0.request.sampling.temperature, seed: $0.request.sampling.seed)
      }, endTokens: format.endTokens, slots: 128)
    return zip(items, outputs).map { item, output in
      Completion(
        text: tokenizer.decode(output.tokens), promptTokens: item.prompt.count,
        outputTokens: output.tokens.count, latencySeconds: 0)
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
        outputTokens: item.answers[best].count - 1, latencySeconds: 0)
    }
  }
}

/// Runs an actor's work on one queue of its own.
package final class QueueExecutor: SerialExecutor {
  private let queue: DispatchQueue

  /// An executor with a queue of this name.
  package init(label: String) { queue = DispatchQueue(label: label) }

  /// Runs a job after those before it.
  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}
