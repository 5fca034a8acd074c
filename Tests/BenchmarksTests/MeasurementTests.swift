import Benchmarks
import Foundation
import Testing

@Suite struct MeasurementTests {
  @Test(arguments: [([3], 3), ([9, 1, 2], 2), ([4, 1, 2, 9], 3)] as [([Double], Double)])
  func medians(values: [Double], expected: Double) {
    #expect(median(values) == expected)
  }

  private struct Document: Encodable {
    @NullWhenMissing var here: Int?
    @NullWhenMissing var missing: Int?
  }

  @Test func whatIsMissingIsNull() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text = String(decoding: try encoder.encode(Document(here: 1, missing: nil)), as: UTF8.self)
    #expect(text == #"{"here":1,"missing":null}"#)
  }

  #if os(Linux)
    /// Far more than other tests take or free meanwhile.
    private let size = 1 << 28

    @Test func memoryIsSeen() throws {
      let (allocated, resident) = (
        ProcessMemory.allocatedBytes, try #require(ProcessMemory.residentBytes)
      )
      let memory = [UInt8](repeating: 1, count: size)
      withExtendedLifetime(memory) {
        #expect(ProcessMemory.allocatedBytes - allocated > size / 2)
        #expect((ProcessMemory.residentBytes ?? 0) - resident > size / 2)
      }
      #expect((ProcessMemory.peakBytes ?? 0) - resident > size / 2)
    }
  #endif
}
