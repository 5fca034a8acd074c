import Tensors
import Testing

@Suite struct StableHashTests {
  /// Values from the authors' test suite of FNV-1a with 64 bits.
  @Test(arguments: [
    ("", "cbf29ce484222325"), ("a", "af63dc4c8601ec8c"), ("foobar", "85944171f73967e8"),
  ])
  func publishedValues(text: String, hash: String) {
    var found = StableHash()
    found.combine(text.utf8)
    #expect(found.text == hash)
  }

  @Test func piecesGiveWhatTheWholeGives() {
    var found = StableHash()
    found.combine("foo".utf8)
    found.combine("bar".utf8)
    #expect(found.text == "85944171f73967e8")
  }
}
