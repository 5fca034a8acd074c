/// Shares of a file's examples that are drawn into dev and test, by a hash of their text: the same on
/// every machine, and untouched by what other examples there are.
public struct DrawnShares: Codable, Equatable, Sendable {
  /// Share of the development set, in 0...1.
  public var dev: Double
  /// Share of the test set, in 0...1.
  public var test: Double

  /// Shares; what is left belongs to the file's own split.
  public init(dev: Double, test: Double) { (self.dev, self.test) = (dev, test) }

  /// What is wrong with the shares; nil where nothing is.
  var problem: String? {
    guard dev >= 0, test >= 0, dev + test <= 1 else {
      return "its `drawn` shares \(dev) and \(test) are not in 0...1, both together"
    }
    return nil
  }

  /// The split that an example is drawn into; nil where it stays in its file's.
  func split(of text: String) -> Split? {
    let drawn = Tasks.split(
      of: text, salt: "drawn", fractions: SplitFractions(train: 1 - dev - test, dev: dev))
    return drawn == .train ? nil : drawn
  }
}
