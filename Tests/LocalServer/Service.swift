import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// What a server does with its connections.
final class Service: Sendable {
  typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>
  typealias Outbound = NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>

  private let latency: Duration
  private let fault: @Sendable (ReceivedRequest) -> Fault?
  private let answer: @Sendable (ReceivedRequest) async throws -> String
  private let state = Mutex(ServerRecord())

  var record: ServerRecord { state.withLock { $0 } }

  init(
    latency: Duration, fault: @escaping @Sendable (ReceivedRequest) -> Fault?,
    answer: @escaping @Sendable (ReceivedRequest) async throws -> String
  ) {
    self.latency = latency
    self.fault = fault
    self.answer = answer
  }

  /// Serves until the listening channel is closed. Cancelling the task instead could drop connections
  /// that were accepted and not served yet, which SwiftNIO takes for a mistake.
  func run(_ listener: NIOAsyncChannel<Connection, Never>) async {
    do {
      try await listener.executeThenClose { connections in
        try await withThrowingDiscardingTaskGroup { group in
          for try await connection in connections {
            group.addTask { await self.serve(connection) }
          }
          group.cancelAll()
        }
      }
    } catch {
      // Only the end of the listening socket comes here.
    }
  }

  private func serve(_ connection: Connection) async {
    state.withLock { $0.connections += 1 }
    do {
      try await connection.executeThenClose { inbound, outbound in
        var (head, body) = (HTTPRequestHead?.none, Data())
        for try await part in inbound {
          switch part {
          case .head(let found): (head, body) = (found, Data())
          case .body(let bytes): body.append(contentsOf: bytes.readableBytesView)
          case .end:
            guard let head else { return }
            let exchange = Exchange(channel: connection.channel, outbound: outbound)
            try await respond(to: head, body, in: exchange)
            if !connection.channel.isActive { return }
          }
        }
      }
    } catch {
      // The client left in the middle, as clients do.
    }
  }

  private func respond(
    to head: HTTPRequestHead, _ body: Data, in exchange: Exchange
  ) async throws {
    guard
      let received = ReceivedRequest(
        path: head.uri, authorization: head.headers.first(name: "Authorization"), body: body)
    else {
      state.withLock { $0.misunderstood += 1 }
      try await exchange.send(status: 400, message: "not a request of this API")
      return
    }
    let request = state.withLock { $0.begin(received) }
    let fault = fault(request)
    if fault == .hang {
      defer { state.withLock { $0.inFlight -= 1 } }
      return try await exchange.hang()
    }
    let text: Result<String, any Error>
    do {
      try await exchange.wait(latency)
      text = .success(try await answer(request))
    } catch {
      text = .failure(error)
    }
    // Before the client can know of the answer, and send the next request.
    state.withLock { $0.inFlight -= 1 }
    switch text {
    case .failure(let error): try await exchange.send(status: 400, message: "\(error)")
    case .success(let text):
      try await exchange.send(text, to: request, fault: fault)
      if fault == nil { state.withLock { $0.answered[request.prompt, default: 0] += 1 } }
    }
  }
}
