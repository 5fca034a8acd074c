import Benchmarks
import Testing

@Suite struct ModelShapeTests {
  @Test(arguments: [
    (
      "2048,128,4",
      "a shape is six whole numbers V,d,L,H,KV,ff (vocabulary, width, layers, heads, key/value "
        + "heads, feed-forward width), not '2048,128,4'"
    ),
    (
      "1,2,3,4,5,six",
      "a shape is six whole numbers V,d,L,H,KV,ff (vocabulary, width, layers, heads, key/value "
        + "heads, feed-forward width), not '1,2,3,4,5,six'"
    ),
    ("64,130,1,4,4,24", "width 130 is not a multiple of heads 4"),
    ("64,16,0,2,1,24", "layers is 0, outside 1 to 1024"),
  ])
  func wrongShapes(text: String, sentence: String) throws {
    let error = try #require(throws: ModelShapeError.self) { try ModelShape(text) }
    #expect(error.description == sentence)
  }

  @Test func aLengthOutOfReachIsAnError() throws {
    let benchmark = ScoringBenchmark(
      shape: try ModelShape("8,4096,1,2,1,8"), batch: 1, length: 1_000_000, seed: 1)
    #expect(throws: ModelShapeError.self) { try benchmark.run() }
  }
}
