import PromptSearch

/// Somebody did something with some goods, somewhere, some day, for some coins.
struct Event: Sendable, Equatable {
  let name: String
  let verb: EventVerb
  let goods: String
  let city: String
  let day: String
  let price: String

  init(using generator: inout some RandomNumberGenerator) {
    name = generator.element(of: Vocabulary.names)
    verb = generator.element(of: Vocabulary.verbs)
    goods = generator.element(of: Vocabulary.goods)
    city = generator.element(of: Vocabulary.cities)
    day = generator.element(of: Vocabulary.days)
    price = generator.element(of: Vocabulary.numbers)
  }

  /// The event in one sentence, its parts in random order.
  /// - Parameter isLong: With the price and a remark.
  func sentence(isLong: Bool, using generator: inout some RandomNumberGenerator) -> String {
    var parts = ["in \(city)", "on \(day)"]
    if isLong { parts += ["for \(price) coins", generator.element(of: remarks)] }
    parts = generator.shuffled(parts)
    let front = generator.index(below: 2) == 0 ? parts.removeFirst() + " " : ""
    let job = generator.unit() < 0.4 ? "the \(generator.element(of: Vocabulary.jobs)) " : ""
    return "\(front)\(job)\(name) \(verb.past) \(goods) \(parts.joined(separator: " "))."
  }
}

private let remarks = [
  "after a long trip", "with a friend", "near the old bridge", "before noon", "without a plan",
  "at the market",
]
