import Foundation
import TargetModels

extension Run {
  /// The sources of the reward that are asked with texts alone, by their place in the configuration.
  func openRewardSources() throws -> [Int: any RewardSource] {
    try Self.openRewardSources(configuration, rewardSources, observer)
  }

  /// Opens them; no program is started and nothing is sent, so that a run can be refused before it
  /// begins.
  ///
  /// - Parameter rewards: What the program that opens the run passes to it.
  /// - Throws: `RewardError` where a program is not there, or a key not in the environment;
  ///   `ConfigurationError` where configuration and program name different closures.
  static func openRewardSources(
    _ configuration: RunConfiguration, _ rewards: [String: any RewardSource],
    _ observer: RunObserver
  ) throws -> [Int: any RewardSource] {
    var sources: [Int: any RewardSource] = [:]
    var unnamed = rewards
    for (index, setting) in configuration.rl.reward.enumerated() {
      let name = setting.name(at: index)
      switch setting.source {
      case .model, .measured: break
      case .executable(let command, let timeoutSeconds):
        let program = command.first ?? ""
        guard FileManager.default.isExecutableFile(atPath: LineProcess.file(of: program).path)
        else { throw RewardError.notStarted(source: name, reason: "there is no '\(program)'") }
        sources[index] = ExecutableReward(
          name: name, command: command, timeoutSeconds: timeoutSeconds
        ) { observer.logger.info("\($0)") }
      case .http(let endpoint, let timeoutSeconds, let patienceSeconds):
        do {
          sources[index] = HTTPReward(
            name: name,
            endpoint: try RewardEndpoint(
              endpoint, timeoutSeconds: timeoutSeconds, patienceSeconds: patienceSeconds)
          ) { observer.tell($0, of: name, patienceSeconds: patienceSeconds) }
        } catch {
          throw RewardError.refused(source: name, reason: error.description)
        }
      case .closure(let closure):
        guard let reward = rewards[closure] else {
          throw ConfigurationError.invalid(
            key: "rl.reward.\(index).name",
            reason: "is '\(closure)', but the program passes no reward of this name to the run")
        }
        sources[index] = reward
        unnamed[closure] = nil
      }
    }
    if let name = unnamed.keys.min() {
      throw ConfigurationError.invalid(
        key: "rl.reward", reason: "does not name '\(name)', which the program passes to the run")
    }
    return sources
  }
}

extension RunObserver {
  /// Tells that an endpoint is waited for: a line when that begins, one when it ends, and progress.
  fileprivate func tell(
    _ outage: RewardEndpoint.Outage, of name: String, patienceSeconds: Double
  ) {
    switch outage {
    case .begins(let reason):
      logger.warning(
        "\(name): \(reason); it is waited for, \(Int(patienceSeconds.rounded())) s at most")
    case .lasts(let seconds):
      report("\(name): waiting (s)", Int(seconds), of: Int(patienceSeconds.rounded()))
    case .ends(let seconds):
      logger.info("\(name): answers again after \(String(format: "%.1f", seconds)) s")
    }
  }
}
