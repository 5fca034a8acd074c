extension OptimizeConfiguration {
  /// Checks ranges that types cannot express.
  ///
  /// - Throws: `ConfigurationError.invalid` with the key and what is wrong with it.
  func validate() throws(ConfigurationError) {
    try check([
      ("optimize.repeats", repeats), ("optimize.validationExamples", validationExamples),
      ("optimize.freshExamples", freshExamples),
    ])
    try check([("optimize.exemplars", exemplars)], within: 0...1000)
    try check([("optimize.budgetFactor", budgetFactor)], within: 0.1...1000)
    try checkSettings(limits.problem, of: "optimize.limits")
    try checkSettings(dualPhase.problem, of: "optimize.dualPhase")
    try checkSettings(baselines.problem, of: "optimize.baselines")
    if prompt?.allSatisfy(\.isWhitespace) == true {
      throw .invalid(key: "optimize.prompt", reason: "is empty")
    }
    if let callLimit, callLimit < validationExamples {
      throw .invalid(
        key: "optimize.callLimit",
        reason: "is \(callLimit), which does not pay for the first prompt on "
          + "\(validationExamples) validation examples")
    }
    if !methods.contains(.dualPhase) || Set(methods).count < methods.count {
      throw .invalid(
        key: "optimize.methods", reason: "must have dualPhase in it, and each method once")
    }
    if methods.contains(.uniform) && dualPhase.sampling == .uniform {
      throw .invalid(
        key: "optimize.methods", reason: "has uniform, which dualPhase.sampling makes of dualPhase")
    }
    try generator.validate()
  }

  /// What is run, Dual-Phase first: the limits of the baselines follow from it. OPRO is left out
  /// where the generator follows no instructions.
  var runnableMethods: [OptimizationMethod] {
    [.dualPhase]
      + methods.filter { $0 != .dualPhase && ($0 != .opro || generator.source == .server) }
  }

  /// What is left out of `methods`, a sentence each.
  var omissions: [String] {
    methods.contains(.opro) && !runnableMethods.contains(.opro)
      ? ["opro was left out: it needs a generator that follows instructions"] : []
  }

  /// Target calls that a baseline may make: at least what one prompt takes.
  func baselineLimit(dualPhaseCalls: Int, examples: Int) -> Int {
    max(examples, Int((budgetFactor * Double(dualPhaseCalls)).rounded(.down)))
  }
}

extension PromptGeneratorConfiguration {
  /// Each kind has its own keys, and no other's.
  fileprivate func validate() throws(ConfigurationError) {
    let key = "optimize.generator"
    let given: [(String, Bool, Source)] = [
      ("path", path != nil, .rewriter), ("temperature", temperature != nil, .rewriter),
      ("writer", writer != nil, .server),
    ]
    for (name, isGiven, owner) in given where isGiven && source != owner {
      throw .invalid(
        key: "\(key).\(name)", reason: "is for source \(owner.rawValue), not \(source.rawValue)")
    }
    switch source {
    case .rules: break
    case .rewriter:
      guard let temperature else {
        throw .invalid(key: "\(key).temperature", reason: "is missing: samples need one")
      }
      if !(temperature > 0 && temperature <= 100) {
        throw .invalid(
          key: "\(key).temperature", reason: "is \(temperature), not above 0 and up to 100")
      }
    case .server:
      guard let writer else {
        throw .invalid(key: "\(key).writer", reason: "is missing: it says which model, and where")
      }
      try check([("\(key).writer.temperature", Double(writer.temperature))], within: 0...100)
      try check([("\(key).writer.maximumTokens", writer.maximumTokens)])
      try checkSettings(writer.server.problem, of: "\(key).writer.server")
      try writer.price?.validate(key: "\(key).writer.price")
    }
  }
}
