import Foundation
import TargetModels
import Tasks

/// A target model: an embedded one in a folder, or one behind a server.
public struct TargetSource: Codable, Equatable, Sendable {
  /// What reports call it.
  public var name: String
  /// Folder of an embedded model.
  public var folder: String?
  /// A target configuration that trains the folder where it does not exist.
  public var trainedBy: String?
  /// An OpenAI-compatible server.
  public var server: ServerSettings?
  /// What its tokens cost; without it nothing.
  public var price: Price?

  /// Whether the model has to be trained before it can be asked.
  var isMissing: Bool {
    folder.map { !FileManager.default.fileExists(atPath: $0) } ?? false
  }

  /// The model, ready to be asked; nothing is sent.
  ///
  /// - Throws: `RunError.unusableTarget` where a folder cannot be loaded, or the key of a server is
  ///   not in the environment.
  func open(_ connection: ConnectionConfiguration) throws(RunError) -> any TargetModel {
    do {
      if let server {
        return OpenAITarget(name: name, client: try OpenAIClient(server, connection.requests))
      }
      return try EmbeddedTarget(name: name, folder: URL(fileURLWithPath: folder ?? ""))
    } catch {
      throw .unusableTarget(name: name, reason: "\(error)")
    }
  }
}

extension RunConfiguration {
  /// The configuration without what decides only how far and how fast a run comes: budget, prices,
  /// how servers are reached, and how often the state of a training is saved; and without what no
  /// stage reads. A resumed run must have the same rest.
  var withoutMeans: RunConfiguration {
    var rest = self
    rest.budget = BudgetConfiguration()
    rest.checkpointSeconds = 0
    rest.connection = ConnectionConfiguration(
      requests: ConnectionSettings(
        requestsInFlight: 1, timeoutSeconds: 1, maximumAttempts: 1, firstBackoffSeconds: 1,
        maximumBackoffSeconds: 1),
      searchesAtOnce: 1, assumedSecondsPerCall: 1)
    for index in rest.targets.indices {
      rest.targets[index].price = nil
      rest.targets[index].server?.endpoints = []
    }
    rest.dataset.writer?.price = nil
    rest.dataset.writer?.server.endpoints = []
    rest.rl.reward = rest.rl.reward.map(\.withoutMeans)
    (rest.optimize, rest.study) = (nil, nil)
    return rest
  }

  /// Names a run in the store: the same for a run that is resumed with other means.
  func identityHash() throws -> String {
    String(stableHash(try ConfigurationLoader.resolvedJSON(withoutMeans)), radix: 16)
  }
}
