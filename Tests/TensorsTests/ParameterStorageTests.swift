import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct ParameterStorageTests {
  private let storage = ParameterStorage([("a", [2, 3]), ("b", [4]), ("c", [0, 5])])

  @Test func parametersLieOneAfterAnother() {
    #expect(storage.count == 10)
    #expect(storage.entries.map(\.name) == ["a", "b", "c"])
    #expect(storage.entries.map(\.range) == [0..<6, 6..<10, 10..<10])
    #expect(storage["a"].shape == [2, 3] && storage["a"].requiresGradient)
    #expect(storage.snapshot == [Float](repeating: 0, count: 10))
  }

  @Test func tensorsAndSnapshotAreTheSameMemory() {
    storage.snapshot = (0..<10).map(Float.init)
    #expect(storage["a"].values == [0, 1, 2, 3, 4, 5] && storage["b"].values == [6, 7, 8, 9])
    storage.withBuffers { weights, _ in weights[6] = -1 }
    #expect(storage["b"].values == [-1, 7, 8, 9])
    #expect(storage.snapshot[6] == -1)
  }

  @Test func gradientsCollectInOnePlace() {
    storage["b"].backward([1, 2, 3, 4])
    storage["b"].backward([1, 1, 1, 1])
    #expect(storage["b"].gradient == [2, 3, 4, 5] && storage["a"].gradient == [0, 0, 0, 0, 0, 0])
    #expect(storage.squaredGradientNorm == 4 + 9 + 16 + 25)
    storage.withBuffers { _, gradients in #expect(Array(gradients[6...]) == [2, 3, 4, 5]) }
    storage.zeroGradients()
    #expect(storage["b"].gradient == [0, 0, 0, 0] && storage.squaredGradientNorm == 0)
  }

  @Test func memoryForGradientsIsTakenByTheFirst() {
    storage.withWeights { weights in weights[0] = 1 }
    storage.zeroGradients()
    #expect(storage.squaredGradientNorm == 0 && storage["a"].gradient == [0, 0, 0, 0, 0, 0])
    Tensor([1, 2, 3], shape: [1, 3]).linear(storage["a"].detached).backward([1, 1])
    #expect(!storage.hasGradients)
    leaveUsedMemory(count: storage.count)
    Tensor([1, 2, 3], shape: [1, 3]).linear(storage["a"]).backward([1, 0])
    #expect(storage.hasGradients && storage["a"].gradient == [1, 2, 3, 0, 0, 0])
    #expect(storage["b"].gradient == [0, 0, 0, 0])
  }

  @Test func parametersOfTheSameNameAreCopied() {
    let other = ParameterStorage([("b", [4]), ("d", [2])])
    other.snapshot = [1, 2, 3, 4, 5, 6]
    storage.copyParameters(from: other)
    #expect(storage.snapshot == [0, 0, 0, 0, 0, 0, 1, 2, 3, 4])
  }

  /// Pages that are written to are the process's own, and whatever takes the file's name is not read.
  @Test func parametersInAFile() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: url) }
    let values = (0..<13).map(Float.init)
    let bytes = values.withUnsafeBytes { Data($0) }
    try bytes.write(to: url)
    let layout = [(name: "a", shape: [2, 3]), (name: "b", shape: [4])]
    let file = try OpenFile(url)
    try Data(count: 100).write(to: url, options: .atomic)
    let mapped = try #require(ParameterStorage(layout, in: file, byteOffset: 8))
    #expect(mapped.snapshot == Array(values[2..<12]))
    mapped["b"].backward([1, 2, 3, 4])
    mapped.withBuffers { weights, gradients in
      for index in weights.indices { weights[index] -= gradients[index] }
    }
    #expect(mapped["b"].values == [7, 7, 7, 7])
    #expect(ParameterStorage(layout, in: file, byteOffset: 12)?.snapshot == Array(values[3...]))
    #expect(ParameterStorage(layout, in: file, byteOffset: 16) == nil)
  }

  @Test func copyingAnotherShapeStops() async {
    await #expect(processExitsWith: .failure) {
      ParameterStorage([("a", [2, 3])]).copyParameters(from: ParameterStorage([("a", [3, 2])]))
    }
  }

  @Test(arguments: [1, 17, 4096, 4097, 50_000])
  func normOfManyGradients(count: Int) {
    var random = SeededGenerator(seed: 1)
    let values = random.symmetric(count)
    let many = ParameterStorage([("w", [count])])
    many["w"].backward(values)
    let expected = values.reduce(0) { $0 + Double($1) * Double($1) }
    #expect(abs(many.squaredGradientNorm - expected) <= 1e-6 * max(1, expected))
  }

  @Test func anUnknownNameStops() async {
    await #expect(processExitsWith: .failure) { _ = ParameterStorage([("a", [1])])["b"] }
  }
}
