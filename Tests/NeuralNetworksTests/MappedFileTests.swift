import Foundation
import NeuralNetworks
import Testing

@Suite struct MappedFileTests {
  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test(arguments: [0, 1, 5000])
  func contents(count: Int) throws {
    try withFolder { folder in
      let url = folder.appending(path: "file")
      let bytes = Data((0..<count).map { UInt8(truncatingIfNeeded: $0) })
      try bytes.write(to: url)
      let mapped = try mappedContents(of: url)
      try FileManager.default.removeItem(at: url)
      #expect(mapped == bytes)
    }
  }

  @Test func whatIsNoFileIsRefusedInASentence() throws {
    try withFolder { folder in
      let file = folder.appending(path: "file")
      let pipe = folder.appending(path: "pipe")
      try Data([1]).write(to: file)
      #expect(mkfifo(pipe.path, 0o600) == 0)
      for (url, reason) in [
        (folder, "it is a folder"), (pipe, "it is not a regular file"),
        (folder.appending(path: "none"), "there is no such file"),
        (file.appending(path: "none"), "there is no such file"),
      ] {
        #expect(throws: CheckpointError.unreadable(file: url.path, reason: reason)) {
          try mappedContents(of: url)
        }
      }
      let long = folder.appending(path: String(repeating: "n", count: 300))
      let error = #expect(throws: CheckpointError.self) { try mappedContents(of: long) }
      #expect(error?.description.hasSuffix("File name too long") == true)
    }
  }
}
