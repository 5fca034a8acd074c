/// A day and a time of it, for `strftime_now`.
package struct JinjaDate: Sendable {
  let year, month, day: Int
  let hour, minute, second: Int

  /// A day of the Gregorian calendar, and a time.
  package init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
    precondition((1...9999).contains(year) && (1...12).contains(month) && (1...31).contains(day))
    (self.year, self.month, self.day) = (year, month, day)
    (self.hour, self.minute, self.second) = (hour, minute, second)
  }

  /// 26 July 2024: the day that Llama 3.2's chat template takes where it is not told.
  package static let standard = JinjaDate(year: 2024, month: 7, day: 26)

  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]
  private static let weekdays = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]

  /// Python's `strftime` in English.
  func formatted(_ format: String) throws(JinjaError) -> String {
    var result = ""
    var rest = format.unicodeScalars[...]
    while let percent = rest.firstIndex(of: "%") {
      result.unicodeScalars.append(contentsOf: rest[..<percent])
      rest = rest[percent...].dropFirst()
      var isPadded = true
      if rest.first == "-" {
        isPadded = false
        rest.removeFirst()
      }
      guard let letter = rest.popFirst() else { throw .invalid("a format that breaks off") }
      result += try part(letter, isPadded: isPadded)
    }
    result.unicodeScalars.append(contentsOf: rest)
    return result
  }

  private func part(_ letter: Unicode.Scalar, isPadded: Bool) throws(JinjaError) -> String {
    func number(_ value: Int, width: Int = 2) -> String {
      let digits = "\(value)"
      return isPadded
        ? String(repeating: "0", count: max(0, width - digits.count)) + digits : digits
    }
    return switch letter {
    case "Y": number(year, width: 4)
    case "y": number(year % 100)
    case "m": number(month)
    case "d": number(day)
    case "e": (isPadded && day < 10 ? " " : "") + "\(day)"
    case "j": number(dayOfYear, width: 3)
    case "B": Self.months[month - 1]
    case "b", "h": String(Self.months[month - 1].prefix(3))
    case "A": Self.weekdays[weekday]
    case "a": String(Self.weekdays[weekday].prefix(3))
    case "H": number(hour)
    case "I": number((hour + 11) % 12 + 1)
    case "M": number(minute)
    case "S": number(second)
    case "p": hour < 12 ? "AM" : "PM"
    case "F": try formatted("%Y-%m-%d")
    case "T": try formatted("%H:%M:%S")
    case "%": "%"
    default: throw .unsupported("'%\(letter)' of a date")
    }
  }

  private var isLeapYear: Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  private var dayOfYear: Int {
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][month - 1]
    return before + day + (isLeapYear && month > 2 ? 1 : 0)
  }

  /// Days since the last Sunday.
  private var weekday: Int {
    let past = year - 1
    return (past * 365 + past / 4 - past / 100 + past / 400 + dayOfYear) % 7
  }
}
