import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// A real OpenAI-compatible server on the loopback address, which misbehaves on command.
///
/// For tests and measurements: it answers what its closure says, as late as it is told and with the
/// faults that it is told, and counts all that it sees.
public final class LocalServer: Sendable {
  /// The port it listens on.
  public let port: Int
  /// The address for a client's settings.
  public var url: String { "http://127.0.0.1:\(port)/v1" }
  /// What it has seen so far.
  public var record: ServerRecord { service.record }

  private let service: Service
  private let listener: any Channel
  private let work: Task<Void, Never>

  /// Listens.
  ///
  /// - Parameters:
  ///   - port: 0 takes one that is free.
  ///   - latency: From the end of a request to the start of its answer.
  ///   - fault: What goes wrong with a request; nil where nothing does.
  ///   - answer: The text of an answer; its whole JSON where rewrites are to be scored. What it throws becomes the message of a status 400.
  /// - Throws: Where the port cannot be had.
  public init(
    port: Int = 0, latency: Duration = .zero,
    fault: @escaping @Sendable (ReceivedRequest) -> Fault? = { _ in nil },
    answer: @escaping @Sendable (ReceivedRequest) async throws -> String
  ) async throws {
    let service = Service(latency: latency, fault: fault, answer: answer)
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .bind(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          return try Service.Connection(wrappingChannelSynchronously: channel)
        }
      }
    self.service = service
    self.listener = listener.channel
    self.port = listener.channel.localAddress?.port ?? port
    work = Task { await service.run(listener) }
  }

  deinit { listener.close(promise: nil) }

  /// Closes all connections and listens no longer.
  public func stop() async {
    listener.close(promise: nil)
    await work.value
  }

  /// Returns when the server has stopped.
  public func wait() async { await work.value }
}
