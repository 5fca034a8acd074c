import Foundation
import Reports
import TestSupport
import Testing

@Suite struct EventFileTests {
  private let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("events-\(UUID().uuidString)/rl-amber")

  private struct Golden: Decodable {
    var time: Double
    var markdown: String
    var records: Int
    var file: [UInt8]
  }

  /// Bytes as TensorBoard's own classes write them.
  @Test func goldenFile() throws {
    defer { removeFolder() }
    let golden = try readGolden("events", as: Golden.self)
    var file = try EventFile(beginningIn: folder, time: golden.time)
    try file.append(TensorBoardEvent(time: golden.time, step: 300, .sessionStart))
    try file.append(
      TensorBoardEvent(
        time: golden.time, step: 0,
        .scalars([("objective/kl", 0.25), ("lr", 1e-5), ("loss", -.infinity), ("zero", 0)])))
    try file.append(
      TensorBoardEvent(time: 0, step: 1 << 40, .text(tag: "samples", markdown: golden.markdown)))
    let bytes = [UInt8](try Data(contentsOf: file.url))
    #expect(bytes == golden.file)
    #expect(wholeRecords(bytes).count == golden.records)
  }

  /// Cut anywhere, a file is the records before the cut; the next file is a new one, read after it.
  @Test func aKilledProcessLosesAtMostHalfARecord() throws {
    defer { removeFolder() }
    var file = try EventFile(beginningIn: folder, time: 1)
    var ends = [try length(file.url)]
    for step in 0..<3 {
      try file.append(TensorBoardEvent(time: 2, step: step, .scalars([("kl", Float(step))])))
      ends.append(try length(file.url))
    }
    let bytes = [UInt8](try Data(contentsOf: file.url))
    for count in 0...bytes.count {
      #expect(wholeRecords(bytes.prefix(count)).count == ends.count { $0 <= count })
    }
    try Data(bytes.dropLast()).write(to: file.url)
    let next = try EventFile(beginningIn: folder, time: 3)
    #expect(file.url.lastPathComponent == "events.out.tfevents.000001")
    #expect(next.url.lastPathComponent == "events.out.tfevents.000002")
    #expect([UInt8](try Data(contentsOf: file.url)) == bytes.dropLast())
  }

  @Test func aFullDiskLeavesWholeRecords() async {
    await #expect(processExitsWith: .success) {
      let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("events-\(UUID().uuidString)/base")
      defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
      let event = TensorBoardEvent(time: 2, step: 7, .scalars([("kl", 1)]))
      limitFileSize(to: 10)
      #expect(throws: (any Error).self) { try EventFile(beginningIn: folder, time: 1) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
      limitFileSize(to: 190)
      var file = try EventFile(beginningIn: folder, time: 1)
      #expect(throws: (any Error).self) { while true { try file.append(event) } }
      let before = wholeRecords([UInt8](try Data(contentsOf: file.url))).count
      limitFileSize(to: nil)
      try file.append(event)
      let bytes = [UInt8](try Data(contentsOf: file.url))
      #expect(before > 2 && wholeRecords(bytes).count == before + 1)
      #expect(wholeRecords(bytes).map { $0.count + 16 }.reduce(0, +) == bytes.count)
    }
  }

  private func length(_ url: URL) throws -> Int { try Data(contentsOf: url).count }

  private func removeFolder() {
    try? FileManager.default.removeItem(at: folder.deletingLastPathComponent())
  }
}

/// The messages of a file of records, up to the first that is not whole or not as its checksums say.
private func wholeRecords(_ bytes: some Collection<UInt8>) -> [[UInt8]] {
  var rest = Array(bytes)[...]
  var messages: [[UInt8]] = []
  while rest.count >= 16, number(rest.dropFirst(8).prefix(4)) == checksum(rest.prefix(8)) {
    let count = Int(number(rest.prefix(8)))
    let message = rest.dropFirst(12).prefix(count)
    guard rest.count >= count + 16,
      number(rest.dropFirst(12 + count).prefix(4)) == checksum(message)
    else { break }
    messages.append(Array(message))
    rest = rest.dropFirst(count + 16)
  }
  return messages
}

private func number(_ bytes: some Collection<UInt8>) -> UInt64 {
  bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
}

private func checksum(_ bytes: some Sequence<UInt8>) -> UInt64 {
  let crc = crc32c(bytes)
  return UInt64((crc >> 15 | crc << 17) &+ 0xA282_EAD8)
}
