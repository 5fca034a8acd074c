import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// One answer on its way, whole or broken.
struct Exchange {
  let channel: any Channel
  let outbound: Service.Outbound

  /// Sends an answer with a fault, or without.
  func send(_ text: String, to request: ReceivedRequest, fault: Fault?) async throws {
    let bytes = request.rewrites.isEmpty ? AnswerBody(text, to: request).bytes : Array(text.utf8)
    switch fault {
    case nil: try await send(bytes)
    case .hang: try await hang()
    case .status(let status, let retryAfter, let message):
      try await send(status: status, message: message, retryAfter: retryAfter)
    case .halfBody:
      try await send(bytes.prefix(bytes.count / 2), announced: bytes.count, ends: false)
      try await channel.close()
    case .invalidJSON: try await send(bytes.prefix(bytes.count / 2))
    case .emptyChoices: try await send(AnswerBody(nil, to: request, hasChoices: false).bytes)
    case .noText: try await send(AnswerBody(nil, to: request).bytes)
    case .wrongContentType: try await send(bytes, contentType: "text/html")
    case .body(let text, let status): try await send(Array(text.utf8), status: status)
    case .reset: try await reset()
    case .slowDrip(let pause): try await drip(bytes, pause)
    }
  }

  /// Sends an error in the API's form.
  func send(status: Int, message: String, retryAfter: String? = nil) async throws {
    let bytes = Array(try JSONEncoder().encode(["error": ["message": message]]))
    try await send(bytes, status: status, retryAfter: retryAfter)
  }

  /// Waits; more exactly than a task that sleeps, which may be late by a tenth.
  func wait(_ time: Duration) async throws {
    guard time > .zero else { return }
    try await channel.eventLoop.scheduleTask(in: TimeAmount(time)) {}.futureResult.get()
  }

  /// Waits until the client gives up.
  func hang() async throws {
    try await channel.closeFuture.get()
  }

  private func send(
    _ bytes: some Collection<UInt8>, status: Int = 200, contentType: String = "application/json",
    announced: Int? = nil, retryAfter: String? = nil, ends: Bool = true
  ) async throws {
    var headers = HTTPHeaders([
      ("Content-Type", contentType), ("Content-Length", String(announced ?? bytes.count)),
    ])
    if let retryAfter { headers.add(name: "Retry-After", value: retryAfter) }
    let head = HTTPResponseHead(
      version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers)
    var parts: [HTTPServerResponsePart] = [
      .head(head), .body(.byteBuffer(ByteBuffer(bytes: bytes))),
    ]
    if ends { parts.append(.end(nil)) }
    try await outbound.write(contentsOf: parts)
  }

  private func reset() async throws {
    if let socket = channel as? any SocketOptionProvider {
      // To close with unsent data thrown away is, in TCP, to reset.
      try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
    }
    try await channel.close()
  }

  private func drip(_ bytes: [UInt8], _ pause: Duration) async throws {
    try await send([], announced: bytes.count, ends: false)
    for byte in bytes {
      try await Task.sleep(for: pause)
      try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: [byte]))))
    }
    try await outbound.write(.end(nil))
  }
}
