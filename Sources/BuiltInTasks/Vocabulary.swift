/// The closed vocabulary of the built-in tasks: lower-case words that a very small model can learn.
enum Vocabulary {
  static let names = [
    "anna", "ben", "carla", "dan", "emma", "finn", "grace", "hugo", "ivy", "jack", "kate", "leo",
    "mia", "noah", "olga", "paul", "rosa", "sam", "tina", "uma", "victor", "wendy", "yara", "zoe",
  ]
  static let cities = [
    "oslo", "rome", "paris", "cairo", "lima", "delhi", "tokyo", "berlin", "madrid", "vienna",
    "dublin", "athens", "boston", "sydney", "lagos", "quito",
  ]
  static let goods = [
    "lamps", "books", "chairs", "apples", "shoes", "boxes", "clocks", "cups", "hats", "keys",
    "maps", "pens", "rugs", "plates", "bells", "bikes", "boats", "coats", "dolls", "drums",
    "flags", "gloves", "mirrors", "masks",
  ]
  static let days = [
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
  ]
  static let numbers = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
  static let jobs = [
    "baker", "nurse", "farmer", "pilot", "teacher", "lawyer", "singer", "painter", "driver",
    "doctor", "tailor", "waiter",
  ]
  static let pets = [
    "cat", "dog", "fish", "bird", "horse", "snake", "rabbit", "goat", "duck", "mouse",
  ]
  static let foods = [
    "rice", "soup", "bread", "pasta", "cheese", "fruit", "salad", "meat", "cake", "corn", "beans",
    "honey",
  ]
  static let verbs: [EventVerb] = [
    EventVerb(past: "bought", base: "buy", present: "buys"),
    EventVerb(past: "sold", base: "sell", present: "sells"),
    EventVerb(past: "ordered", base: "order", present: "orders"),
    EventVerb(past: "shipped", base: "ship", present: "ships"),
    EventVerb(past: "cleaned", base: "clean", present: "cleans"),
    EventVerb(past: "painted", base: "paint", present: "paints"),
    EventVerb(past: "packed", base: "pack", present: "packs"),
    EventVerb(past: "rented", base: "rent", present: "rents"),
  ]
  static let subjects = [
    "soup", "room", "staff", "film", "music", "view", "story", "service", "bed", "trip", "song",
    "garden",
  ]
  static let praise = [
    "nice", "great", "lovely", "superb", "pleasant", "charming", "fine", "sweet", "fun", "bright",
  ]
  static let blame = [
    "awful", "poor", "dull", "dirty", "nasty", "rude", "weak", "ugly", "boring", "horrible",
  ]
  /// Words of each topic, in the order of `TopicGrammar.labels`.
  static let topicWords = [
    ["match", "goal", "team", "race", "coach", "ball", "score", "player"],
    ["soup", "bread", "cake", "cook", "sauce", "cheese", "lunch", "kitchen"],
    ["train", "hotel", "airport", "beach", "ticket", "suitcase", "flight", "bus"],
    ["bank", "loan", "tax", "wallet", "salary", "budget", "profit", "price"],
  ]

  /// All words that copying practises: those of inputs and answers.
  static let all: [String] = {
    let words =
      names + cities + goods + days + numbers + jobs + pets + foods + verbs.map(\.present)
      + subjects + praise + blame + topicWords.flatMap { $0 }
      + (SentimentGrammar.pairs + TopicGrammar.labelSets).flatMap { $0 }
    return Set(words).sorted()
  }()
}

/// The forms of a verb that texts, questions and headlines need.
struct EventVerb: Sendable, Equatable {
  let past: String
  let base: String
  let present: String
}
