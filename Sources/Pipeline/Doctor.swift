import FeedbackStore
import Foundation
import LanguageModels
import Logging
import Rewriting
import Tokenizers

extension RunConfiguration {
  /// Looks at all that a run of this configuration trains on, without training, asking or writing
  /// anything: data and splits, the tokenizer, and the samples of each stage as far as the run in
  /// `folder` has come.
  ///
  /// - Throws: What is wrong with configuration, data or folder, so that a run could not begin or go
  ///   on. What a run would not notice is in the report.
  public func examine(_ folder: RunFolder, data: URL?) async throws -> DoctorReport {
    try validate()
    let pool = try TaskPool(self, data: data)
    guard try folder.hasBegun else {
      return try Doctor(
        run: Run(examining: self, folder, pool, try FeedbackStore(), data: data)
      ).report()
    }
    return try await folder.exclusively {
      try folder.checkUnchanged(
        RunFolder.Manifest(
          configuration: self, dataHashes: pool.dataHashes.merging(try baseHashes()) { $1 },
          version: Run.version))
      return try folder.withCopyOfStore { store in
        try Doctor(run: Run(examining: self, folder, pool, store, data: data)).report()
      }
    }
  }
}

extension RunFolder {
  /// Calls `body` with a copy of the store, or an empty one where there is none: opening a store
  /// writes beside its file, or brings it to the present tables.
  fileprivate func withCopyOfStore<Value>(_ body: (FeedbackStore) throws -> Value) throws -> Value {
    let files = FileManager.default
    guard files.fileExists(atPath: storeFile.path) else { return try body(FeedbackStore()) }
    let copy = files.temporaryDirectory.appendingPathComponent("mapo-doctor-\(UUID().uuidString)")
    try files.createDirectory(at: copy, withIntermediateDirectories: true)
    defer { try? files.removeItem(at: copy) }  // the system empties its folder of such in time
    // What a killed run has written last is in the log beside the file.
    for name in [storeFile.lastPathComponent, storeFile.lastPathComponent + "-wal"] {
      let source = url.appendingPathComponent(name)
      guard files.fileExists(atPath: source.path) else { continue }
      try files.copyItem(at: source, to: copy.appendingPathComponent(name))
    }
    return try body(
      FeedbackStore(at: copy.appendingPathComponent(storeFile.lastPathComponent), create: false))
  }
}

extension Run {
  /// A run that is looked at, not run: its store is a copy, and nothing is logged.
  fileprivate init(
    examining configuration: RunConfiguration, _ folder: RunFolder, _ pool: TaskPool,
    _ store: FeedbackStore, data: URL?
  ) throws {
    (self.configuration, self.folder, self.pool) = (configuration, folder, pool)
    (self.store, self.data) = (store, data)
    rewardSources = [:]  // nothing is scored
    observer = RunObserver(
      logger: Logger(label: "doctor") { _ in SwiftLogNoOpLogHandler() }, progress: { _ in })
    runID = try store.upsert(
      run: configuration.name, seed: configuration.seed,
      configHash: try configuration.identityHash(), startedAt: Date())
  }
}

/// Puts a report together.
private struct Doctor {
  let run: Run

  func report() throws -> DoctorReport {
    var report = DoctorReport(
      tasks: run.pool.tasks.map(\.counts), vocabulary: nil, samples: [], unmade: [],
      problems: run.pool.tasks.flatMap(\.splitProblems))
    report.problems += try storeProblems()
    if let base = try run.configuration.openBase() {
      try examine(base.contents.tokenizer, base.format, isOfRun: true, nil, &report)
      return report
    }
    var corpus = PromptCorpus(run)
    let texts = corpus.tokenizerTexts()
    let isOfRun = run.folder.summary(.base, nil) != nil
    let tokenizer =
      isOfRun
      ? try Tokenizer(
        contentsOf: run.folder.model(.base).appendingPathComponent("tokenizer.json"))
      : run.trainTokenizer(on: texts)
    guard let format = RewriterFormat(tokenizer),
      SpecialToken.all.allSatisfy({ tokenizer.id(ofSpecial: $0) != nil })
    else {
      report.problems.append(
        DoctorReport.Problem(
          place: "tokenizer", sample: nil,
          reason: "it lacks one of \(SpecialToken.all.joined(separator: ", "))"))
      return report
    }
    try examine(tokenizer, format, isOfRun: isOfRun, corpus, &report)
    return report
  }

  /// Number of a target in the store, where its dataset is finished.
  private func targetID(_ name: String) throws -> Int64? {
    guard run.folder.summary(.dataset, name) != nil else { return nil }
    return try run.store.targets().last { $0.name == name }?.id
  }

  /// What is evaluated and reached the rows that are trained on.
  private func storeProblems() throws -> [DoctorReport.Problem] {
    try run.configuration.targets.compactMap { target in
      guard let id = try targetID(target.name) else { return nil }
      do {
        try run.checkForLeaks(target: id)
        return nil
      } catch let error as RunError {
        return DoctorReport.Problem(
          place: "dataset \(target.name)", sample: nil, reason: error.description)
      }
    }
  }

  /// - Parameter corpus: What the base stage learns from, once its tokenizer is trained; nil for a
  ///   pretrained base.
  private func examine(
    _ tokenizer: Tokenizer, _ format: RewriterFormat, isOfRun: Bool, _ corpus: PromptCorpus?,
    _ report: inout DoctorReport
  ) throws {
    let lossy = tokenizer.lossyPrompts(run.pool.tasks)
    if let first = lossy.first {
      report.problems.append(
        DoctorReport.Problem(
          place: "tokenizer", sample: nil,
          reason: "prompt number \(first.prompt + 1) of task '\(first.task)' does not come back as "
            + "it was"))
    }
    report.vocabulary = DoctorReport.Vocabulary(
      size: tokenizer.vocabularySize, end: format.endToken,
      padding: tokenizer.id(ofSpecial: SpecialToken.padding),
      answer: tokenizer.id(ofSpecial: SpecialToken.answer), isOfRun: isOfRun,
      roundTrips: report.tasks.reduce(0) { $0 + $1.prompts.train } - lossy.count)
    let samples = DoctorSamples(run, tokenizer, format)
    if let corpus { try samples.examineBase(corpus) }
    for (index, rewriter) in run.rewriters.enumerated() {
      try samples.examine(
        rewriter, targetID: try targetID(rewriter.target), isShown: index == 0)
    }
    (report.samples, report.unmade) = (samples.sets, samples.unmade)
    report.problems += samples.problems
  }
}
