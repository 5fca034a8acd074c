import Foundation
import TargetModels

/// A reward that an endpoint gives: `{"rewrites": [{"id", "task", "kind", "original", "rewritten"}, …]}`
/// there, `{"scores": […]}` back, in the order of the rewrites.
package struct HTTPReward: RewardSource {
  /// Rewrites of one request: a body stays far below the million bytes that some servers read.
  static let rewritesPerRequest = 64

  private let name: String
  private let endpoint: RewardEndpoint
  private let notice: @Sendable (RewardEndpoint.Outage) -> Void

  /// - Parameters:
  ///   - name: What errors call it.
  ///   - notice: Is told of a time without answers.
  package init(
    name: String, endpoint: RewardEndpoint,
    notice: @escaping @Sendable (RewardEndpoint.Outage) -> Void
  ) {
    (self.name, self.endpoint, self.notice) = (name, endpoint, notice)
  }

  private struct Question: Encodable {
    let rewrites: [NumberedRewrite]
  }

  private struct Answer: Decodable {
    let scores: [Double?]
  }

  /// What the endpoint answers.
  ///
  /// - Throws: `RewardError`, `CancellationError`.
  package func scores(of rewrites: [RewriteToScore]) async throws -> [Float] {
    var scores: [Float] = []
    for start in stride(from: 0, to: rewrites.count, by: Self.rewritesPerRequest) {
      let end = min(start + Self.rewritesPerRequest, rewrites.count)
      scores += try await answer(to: Array(rewrites[start..<end]))
    }
    return scores
  }

  private func answer(to rewrites: [RewriteToScore]) async throws -> [Float] {
    let question = Question(
      rewrites: rewrites.enumerated().map { NumberedRewrite(id: $0, rewrite: $1) })
    let answer: Data
    do throws(RewardEndpoint.Failure) {
      answer = try await endpoint.answer(
        to: ScoreJSON.bytes(question), hiding: rewrites.flatMap { [$0.original, $0.rewritten] },
        notice: notice)
    } catch {
      switch error {
      case .failed(.cancelled): throw CancellationError()
      case .failed(let reason):
        throw RewardError.refused(source: name, reason: reason.description)
      case .notAnswering(let seconds, let reason):
        throw RewardError.notAnswering(
          source: name, seconds: seconds, reason: reason.description)
      }
    }
    guard let scores = ScoreJSON.value(Answer.self, answer)?.scores else {
      throw RewardError.malformed(source: name, reason: "answered without {\"scores\": [numbers]}")
    }
    guard scores.count == rewrites.count else {
      throw RewardError.wrongCount(
        source: name, found: scores.count, expected: rewrites.count)
    }
    return scores.map { $0.map { Float($0) } ?? .nan }
  }
}
