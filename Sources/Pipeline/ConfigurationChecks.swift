import Alignment
import Foundation
import LanguageModels
import NeuralNetworks

extension RunConfiguration {
  /// Checks ranges that types cannot express.
  ///
  /// - Throws: `ConfigurationError.invalid` with the key and what is wrong with it.
  public func validate() throws(ConfigurationError) {
    try checkNames()
    try checkSizes()
    try check(
      [
        ("splits.train", splits.train), ("splits.dev", splits.dev),
        ("splits.train + splits.dev", splits.train + splits.dev),
        ("corpus.plainTextShare", corpus.plainTextShare),
        ("corpus.unsaidKindShare", corpus.unsaidKindShare),
        ("augmentation.contentShare", augmentation.contentShare),
        ("augmentation.wordingShare", augmentation.wordingShare),
        ("sft.heldOutShare", sft.heldOutShare),
        ("dataset.rules.crossoverShare", dataset.rules.crossoverShare),
      ], within: 0...1)
    try check([("guards.maximumLengthRatio", guards.maximumLengthRatio)], within: 0...1000)
    try checkSettings(dataset.rules.limits.problem, of: "dataset.rules.limits")
    try check(
      [
        ("sft.minimumFreshGain", sft.minimumFreshGain),
        ("reward.minimumGap", Double(reward.minimumGap)),
        ("rl.invalidScore", Double(rl.invalidScore)),
        ("evaluation.minimumAboveTrivial", evaluation.minimumAboveTrivial),
      ], within: -1_000_000...1_000_000)
    try checkTraining()
    try optimize?.validate()
    try checkSettings(study?.problem(targets: targets.map(\.name)), of: "study")
    let threshold = splits.nearDuplicateThreshold
    if !(threshold > 0 && threshold <= 1) {
      throw .invalid(
        key: "splits.nearDuplicateThreshold", reason: "is \(threshold), not above 0 and up to 1")
    }
  }

  private func checkSizes() throws(ConfigurationError) {
    try check([
      ("maximumAnswerTokens", maximumAnswerTokens), ("dataset.candidates", dataset.candidates),
      ("dataset.freshExamples", dataset.freshExamples),
      ("sft.epochs", sft.epochs), ("sft.batchSize", sft.batchSize),
      ("sft.examplesPerPass", sft.examplesPerPass), ("sft.evaluateEvery", sft.evaluateEvery),
      ("reward.epochs", reward.epochs),
      ("reward.batchSize", reward.batchSize),
      ("reward.calibrationSamples", reward.calibrationSamples),
      ("rl.ppo.updates", rl.ppo.updates), ("rl.ppo.promptsPerUpdate", rl.ppo.promptsPerUpdate),
      ("rl.ppo.samplesPerPrompt", rl.ppo.samplesPerPrompt), ("rl.ppo.epochs", rl.ppo.epochs),
      ("rl.candidatesPerRanking", rl.candidatesPerRanking),
      ("evaluation.examples", evaluation.examples),
      ("evaluation.resamples", evaluation.resamples), ("tasks", tasks.count),
      ("targets", targets.count), ("dataset.rules.maximumEdits", dataset.rules.maximumEdits),
      ("dataset.rules.triesPerCandidate", dataset.rules.triesPerCandidate),
    ])
    try check(
      [
        ("dataset.derivedOriginals", dataset.derivedOriginals),
        ("guards.extraCharacters", guards.extraCharacters),
        ("rl.samplesEvery", rl.samplesEvery),
      ], within: 0...1_000_000)
    try check([("checkpointSeconds", checkpointSeconds)], within: 0...86_400)
    try checkSettings(dataset.search.problem, of: "dataset.search")
    try checkAsking()
    try rl.checkReward()
    try checkRewriter()
  }

  /// A pretrained base brings its shape: see ``openBase()``.
  private func checkRewriter() throws(ConfigurationError) {
    switch base {
    case .trained(let base):
      try rewriter.validate(key: "rewriter")
      try check([
        ("base.steps", base.steps), ("base.batchSize", base.batchSize),
        ("base.examplesPerPass", base.examplesPerPass),
      ])
      try base.rate.validate(key: "base.rate")
      try checkSettings(base.optimizer.problem, of: "base.optimizer")
    case .pretrained:
      try check([("rewriter.maximumLength", rewriter.maximumLength)], within: 2...1_000_000)
    }
  }

  /// What is sent where, and what may be spent.
  private func checkAsking() throws(ConfigurationError) {
    try checkSettings(connection.requests.problem, of: "connection.requests")
    try check([("connection.searchesAtOnce", connection.searchesAtOnce)], within: 1...1000)
    try check(
      [("connection.assumedSecondsPerCall", connection.assumedSecondsPerCall)], within: 0...86_400)
    let counts = [
      ("callsPerRun", budget.callsPerRun), ("callsPerDay", budget.callsPerDay),
      ("tokensPerRun", budget.tokensPerRun), ("tokensPerDay", budget.tokensPerDay),
    ]
    for case (let key, let value?) in counts {
      try check([("budget." + key, value)], within: 1...1_000_000_000_000)
    }
    let amounts = [("moneyPerRun", budget.moneyPerRun), ("moneyPerDay", budget.moneyPerDay)]
    for case (let key, let value?) in amounts {
      try check([("budget." + key, value)], within: 0...1_000_000_000)
    }
    for case (let key, .some) in amounts {
      let unpriced = targets.first { $0.server != nil && $0.price == nil }?.name
      let writers = [
        dataset.writer.map { ($0.server, $0.price) },
        optimize?.generator.writer.map { ($0.server, $0.price) },
      ]
      let writer = writers.compactMap(\.self).first { $0.1 == nil }?.0.model
      if let name = unpriced ?? writer {
        throw .invalid(
          key: "budget." + key, reason: "is set, but '\(name)' has no 'price' to count with")
      }
    }
    for (index, target) in targets.enumerated() {
      let key = "targets.\(index)"
      if (target.folder == nil) == (target.server == nil) {
        throw .invalid(key: key, reason: "needs either 'folder' or 'server'")
      }
      try checkSettings(target.server?.problem, of: key + ".server")
      try target.price?.validate(key: key + ".price")
      if target.server != nil && dataset.labelLikelihood {
        throw .invalid(
          key: "dataset.labelLikelihood",
          reason: "is true, but '\(target.name)' is behind a server, which does not score labels")
      }
    }
    if let writer = dataset.writer {
      try check([("dataset.writer.share", writer.share)], within: 0...1)
      try check([("dataset.writer.temperature", Double(writer.temperature))], within: 0...100)
      try check([("dataset.writer.maximumTokens", writer.maximumTokens)])
      try checkSettings(writer.server.problem, of: "dataset.writer.server")
      try checkSettings(writer.requests.problem, of: "dataset.writer.requests")
      try writer.price?.validate(key: "dataset.writer.price")
    }
  }

  private func checkTraining() throws(ConfigurationError) {
    try checkDropout(sft.dropout, key: "sft.dropout")
    try checkDropout(reward.dropout, key: "reward.dropout")
    for (key, rate) in [("sft", sft.rate), ("reward", reward.rate)] {
      try rate.validate(key: key + ".rate")
    }
    try checkSettings(sft.optimizer.problem, of: "sft.optimizer")
    try checkSettings(reward.optimizer.problem, of: "reward.optimizer")
    if !(rl.ppo.temperature > 0) {
      throw .invalid(key: "rl.ppo.temperature", reason: "is \(rl.ppo.temperature), not above 0")
    }
    try checkSettings(rl.ppo.problem, of: "rl.ppo")
    try checkSettings(lora?.problem, of: "lora")
  }

  private func checkNames() throws(ConfigurationError) {
    try checkName(name, key: "name")
    try checkTargetNames(targets.map(\.name))
    let names = Set(targets.map(\.name))
    if evaluation.control,
      let name = names.sorted().first(where: { names.contains($0 + "-control") })
    {
      throw .invalid(
        key: "targets", reason: "has '\(name)-control', the name of the control of '\(name)'")
    }
    for (index, task) in tasks.enumerated() where (task.folder == nil) == (task.files == nil) {
      throw .invalid(key: "tasks.\(index)", reason: "needs either 'folder' or 'files'")
    }
  }
}

extension TargetConfiguration {
  /// Checks ranges that types cannot express.
  ///
  /// - Throws: `ConfigurationError.invalid` with the key and what is wrong with it.
  public func validate() throws(ConfigurationError) {
    try checkName(name, key: "name")
    if targets.isEmpty { throw .invalid(key: "targets", reason: "is empty") }
    try checkTargetNames(targets.map(\.name))
    try check([("share", share), ("minimumScore", minimumScore)], within: 0...1)
    try check([("exponent", exponent)], within: 0...1000)
    for (task, weight) in (taskWeights ?? [:]).sorted(by: { $0.key < $1.key }) {
      try check([("taskWeights.\(task)", weight)], within: 0...1_000_000)
    }
    for (key, phase) in [("skills", skills), ("diet", diet)] {
      try check([(key + ".steps", phase.steps), (key + ".batchSize", phase.batchSize)])
      try checkDropout(phase.dropout, key: key + ".dropout")
      try phase.rate.validate(key: key + ".rate")
    }
    try check([
      ("maximumAnswerTokens", maximumAnswerTokens), ("studyExamples", studyExamples),
    ])
    if Safetensors.StorageType(rawValue: storage) == nil {
      throw .invalid(key: "storage", reason: "is '\(storage)', not F32, F16 or BF16")
    }
    try checkSettings(optimizer.problem, of: "optimizer")
    try model.validate(key: "model")
  }
}

extension ModelConfiguration {
  func validate(key: String) throws(ConfigurationError) {
    // The 256 bytes and the special tokens are always there.
    try check(
      [(key + ".vocabularySize", vocabularySize)],
      within: (256 + SpecialToken.all.count)...1_000_000)
    try check(shape(vocabularySize: vocabularySize).problem, key: key)
  }
}

extension RateConfiguration {
  fileprivate func validate(key: String) throws(ConfigurationError) {
    try check([(key + ".peak", Double(peak))], within: 0...1000)
    try check([(key + ".finalFraction", Double(finalFraction))], within: 0...1)
    try check([(key + ".warmupSteps", warmupSteps)], within: 0...1_000_000)
  }
}

extension Price {
  func validate(key: String) throws(ConfigurationError) {
    try check(
      [(key + ".inputPerMillion", inputPerMillion), (key + ".outputPerMillion", outputPerMillion)],
      within: 0...1_000_000_000)
  }
}

/// - Throws: `ConfigurationError.invalid` for the first number outside `range`.
func check(
  _ values: [(String, Double)], within range: ClosedRange<Double>
) throws(ConfigurationError) {
  for (key, value) in values where !range.contains(value) {
    let bounds = [range.lowerBound, range.upperBound].map {
      String(format: $0 == $0.rounded() ? "%.0f" : "%g", $0)
    }
    throw .invalid(key: key, reason: "is \(value), outside \(bounds[0]) to \(bounds[1])")
  }
}

/// Counts; the upper bound only keeps sums and products of them from overflowing.
func check(
  _ values: [(String, Int)], within range: ClosedRange<Int> = 1...1_000_000
) throws(ConfigurationError) {
  for (key, value) in values where !range.contains(value) {
    let bound =
      value < range.lowerBound ? "at least \(range.lowerBound)" : "at most \(range.upperBound)"
    throw .invalid(key: key, reason: "is \(value), but \(bound) is needed")
  }
}

private func check(_ problem: String?, key: String) throws(ConfigurationError) {
  if let problem { throw .invalid(key: key, reason: problem) }
}

/// A problem of settings begins with the key among them.
func checkSettings(_ problem: String?, of key: String) throws(ConfigurationError) {
  guard let problem else { return }
  let parts = problem.split(separator: " ", maxSplits: 1).map(String.init)
  throw .invalid(key: "\(key).\(parts[0])", reason: parts.dropFirst().joined())
}

private func checkDropout(_ share: Float, key: String) throws(ConfigurationError) {
  if !(share >= 0 && share < 1) {
    throw .invalid(key: key, reason: "is \(share), not from 0 to below 1")
  }
}

private func checkTargetNames(_ names: [String]) throws(ConfigurationError) {
  for (index, name) in names.enumerated() { try checkName(name, key: "targets.\(index).name") }
  if Set(names).count < names.count {
    throw .invalid(key: "targets", reason: "has two targets of the same name")
  }
}

/// Names become folders, so they are letters, digits, '-', '_' and '.', and no path.
private func checkName(_ name: String, key: String) throws(ConfigurationError) {
  let allowed = name.unicodeScalars.allSatisfy {
    ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
      || "-_.".unicodeScalars.contains($0)
  }
  if name.isEmpty || !allowed || name.hasPrefix(".") {
    throw .invalid(
      key: key, reason: "is '\(name)', but a name has only letters, digits, '-', '_' and '.'")
  }
}
