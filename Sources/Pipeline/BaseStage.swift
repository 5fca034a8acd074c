import Alignment
import Foundation
import LanguageModels
import PromptSearch
import Rewriting
import Tasks
import Tensors
import Tokenizers

extension Run {
  /// Trains the tokenizer and the base rewriter: a language model of prompt texts that has learned
  /// on free rule pairs what rewording is. No target is asked, nothing evaluated is read. A base that
  /// is pretrained stays as it is.
  ///
  /// Source: MAPO starts from a pretrained model (P); the small one that is trained is ours (O).
  func trainBase() async throws {
    try await stage(.base) {
      switch configuration.base {
      case .trained(let settings): return try await trainBase(settings)
      case .pretrained:
        let parameters = try load(baseFolder).contents.model.parameters
        return ["parameters": Double(parameters.count)]
      }
    }
  }

  private func trainBase(_ base: BaseConfiguration) async throws -> [String: Double] {
    var corpus = PromptCorpus(self)
    let tokenizer = trainTokenizer(on: corpus.tokenizerTexts())
    guard let format = RewriterFormat(tokenizer) else {
      throw RunError.noData("the rewriter's tokenizer lacks its special tokens")
    }
    var random = SplitMix64(seed: configuration.seed, stream: "base weights")
    let model = Transformer(
      configuration.rewriter.shape(vocabularySize: tokenizer.vocabularySize), random: &random)
    model.recomputesLayers = configuration.rewriter.recompute
    let trainer = SupervisedTrainer(
      model,
      config: SupervisedConfig(
        batchSize: base.batchSize, examplesPerPass: base.examplesPerPass,
        schedule: base.rate.schedule(steps: base.steps),
        optimizer: base.optimizer, dropout: 0, averaging: .tokens),
      seed: configuration.seed)
    // The corpus is endless: its generator is its cursor.
    struct Notes: Codable {
      var corpus: SplitMix64
      var loss: RunningMean
    }
    var data = TrainingDataHash()
    data.combine(tokenizer.encode(corpus.fingerprint))
    let checks = exampleChecks(format, tokenizer)
    let notes = try await loop(.base, nil, trainer, notes: Notes.self, data: data).run(
      base.steps, notes: Notes(corpus: corpus.random, loss: RunningMean(memory: 0.95))
    ) { step, notes in
      corpus.random = notes.corpus
      let batch = try corpus.nextBatch(base.batchSize, format)
      try checkSamples(batch, of: .base, nil, "step \(step), sample") {
        checks.problem(of: $0, allowingPlainText: true)
      }
      notes.corpus = corpus.random
      let statistics = trainer.step(batch)
      notes.loss.add(statistics.loss)
      log(statistics, .base, nil, step: step)
      observer.report("base", step + 1, of: base.steps, "loss \(notes.loss)")
      return statistics.isSkipped ? .skipped : .taken
    }
    try save(model, like: ModelFolder(model: model, tokenizer: tokenizer), to: baseFolder)
    return ["loss": Double(notes.loss.value), "parameters": Double(model.parameters.count)]
  }

  /// The rewriter's tokenizer.
  func trainTokenizer(on texts: [String]) -> Tokenizer {
    Tokenizer.train(
      on: texts, vocabularySize: configuration.rewriter.vocabularySize,
      specialTokens: SpecialToken.all)
  }

  func log(
    _ statistics: SupervisedTrainer.Statistics, _ stage: Stage, _ part: String?, step: Int,
    _ others: [(name: String, value: Float)] = []
  ) {
    observer.record(
      stage, part, step: step,
      [
        ("loss/nll", statistics.loss), ("grad_norm", statistics.gradientNorm),
        ("lr", statistics.learningRate), ("tokens", Float(statistics.tokens)),
      ] + others)
  }

  /// What samples of a rewriter are checked against.
  func exampleChecks(_ format: RewriterFormat, _ tokenizer: Tokenizer) -> ExampleChecks {
    ExampleChecks(
      endToken: format.endToken,
      paddingToken: tokenizer.id(ofSpecial: SpecialToken.padding),
      vocabularySize: tokenizer.vocabularySize,
      maximumLength: configuration.rewriter.maximumLength)
  }
}

extension ModelConfiguration {
  /// The shape with the vocabulary of a tokenizer.
  func shape(vocabularySize: Int) -> TransformerConfiguration {
    TransformerConfiguration(
      vocabularySize: vocabularySize, width: width, layers: layers, heads: heads,
      keyValueHeads: keyValueHeads, feedForward: feedForward, maximumLength: maximumLength)
  }
}

/// Training texts without any feedback: prompts of the train split, reworded by rules.
package struct PromptCorpus {
  private let run: Run
  private let entries: [(entry: SplitTask, prompts: [Prompt])]
  private let generator: RuleBasedGenerator
  private let augmentation: PromptAugmentation
  /// Where the corpus is.
  package var random: SplitMix64

  package init(_ run: Run) {
    self.run = run
    entries = run.pool.tasks.map { ($0, $0.prompts(.train).map(\.prompt)) }
    generator = RuleBasedGenerator(
      grammar: run.pool.grammar, config: run.configuration.dataset.rules)
    augmentation = PromptAugmentation(run.pool, run.configuration.augmentation)
    random = SplitMix64(seed: run.configuration.seed, stream: "corpus")
  }

  /// What the tokenizer learns from: several rewordings of every training prompt.
  package mutating func tokenizerTexts() -> [String] {
    let prefixes = ([nil] + PromptKind.allCases).map { RewriterFormat.prefix($0) }
    var texts: [String] = []
    for (entry, prompts) in entries {
      for prompt in prompts {
        for _ in 0..<20 {
          let text = generator.rewording(
            of: prompt.text, heldOut: entry.heldOut, using: &random)
          let varied = augmentation.varied(
            text, [], task: entry.task.name, required: prompt.required, using: &random)
          texts += [prefixes[texts.count % prefixes.count] + "\n" + text, varied.original]
        }
      }
    }
    return texts
  }

  /// All training prompts, one after another: what decides the corpus besides its generator.
  var fingerprint: String {
    entries.flatMap { $0.prompts.map(\.text) }.joined(separator: "\n")
  }

  /// A free pair, or a prompt alone; nil where it does not fit into the rewriter.
  private mutating func drawExample(_ format: RewriterFormat) -> SequenceExample? {
    let shares = run.configuration.corpus
    let (entry, prompts) = entries[Int.random(in: 0..<entries.count, using: &random)]
    let prompt = prompts[Int.random(in: 0..<prompts.count, using: &random)]
    // The pool is small: what is reworded is itself a rewording, as a rule.
    let original =
      Int.random(in: 0..<4, using: &random) == 0
      ? prompt.text
      : generator.rewording(of: prompt.text, heldOut: entry.heldOut, using: &random)
    let pair = augmentation.varied(
      original,
      [generator.rewording(of: original, heldOut: entry.heldOut, using: &random)],
      task: entry.task.name, required: prompt.required, using: &random)
    let saysKind = Double.random(in: 0..<1, using: &random) >= shares.unsaidKindShare
    let kind = saysKind ? entry.kind : nil
    if Double.random(in: 0..<1, using: &random) < shares.plainTextShare {
      let text = format.plainText(pair.original, kind: kind)
      return run.alignmentData(format).fits(text.response) ? text : nil
    }
    let example = SequenceExample(
      prompt: format.prompt(pair.original, kind: kind), response: format.response(pair.others[0]))
    let data = run.alignmentData(format)
    return data.fits(example.prompt) && data.fits(example.response) ? example : nil
  }

  /// The next batch; what does not fit is drawn again, within reason.
  package mutating func nextBatch(
    _ count: Int, _ format: RewriterFormat
  ) throws -> [SequenceExample] {
    var batch: [SequenceExample] = []
    for _ in 0..<20 * count where batch.count < count {
      if let example = drawExample(format) { batch.append(example) }
    }
    guard !batch.isEmpty else {
      throw RunError.noData(
        "no training prompt fits into the rewriter: rewriter.maximumLength is too small")
    }
    return batch
  }
}

extension RewriterFormat {
  /// A prompt to be modelled as it stands: everything after its first token is predicted. Where a chat
  /// template closes messages of its own around it, that is left out: nobody is to learn what follows
  /// an end.
  func plainText(_ text: String, kind: PromptKind?) -> SequenceExample {
    let framed = prompt(text, kind: kind)
    let tokens =
      framed.contains(endToken) ? response(Self.prefix(kind) + "\n" + text) : framed
    return SequenceExample(prompt: Array(tokens.prefix(1)), response: Array(tokens.dropFirst()))
  }
}
