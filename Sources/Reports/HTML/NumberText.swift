import Foundation

/// A number for a reader: "0.42", "−1.50", with a sign "+0.06", "12 345.6"; "–" where it is not
/// finite.
///
/// The minus is U+2212, thousands from 10,000 on are set apart by U+202F, what rounds to zero has no
/// sign, and from 10¹⁵ on a power of ten stands for the digits: "1.5e+18".
///
/// - Parameters:
///   - decimals: Digits after the point.
///   - signed: Whether a number above zero has a plus: for differences.
public func numberText(_ value: Double, decimals: Int, signed: Bool = false) -> String {
  guard value.isFinite else { return "–" }
  let sign = value < 0 ? "\u{2212}" : signed ? "+" : ""
  guard abs(value) < 1e15 else { return sign + String(format: "%.1e", abs(value)) }
  let digits = String(format: "%.\(decimals)f", abs(value))
  let parts = digits.split(separator: ".", maxSplits: 1)
  let text = ([grouped(String(parts[0]))] + parts.dropFirst().map(String.init))
    .joined(separator: ".")
  guard digits.contains(where: { $0 != "0" && $0 != "." }) else { return text }
  return sign + text
}

/// A count for a reader: "999", "1234", "12 345".
public func countText(_ count: Int) -> String {
  (count < 0 ? "\u{2212}" : "") + grouped(String(count.magnitude))
}

/// Digits in groups of three where there are more than four.
private func grouped(_ digits: String) -> String {
  guard digits.count > 4 else { return digits }
  return String(
    digits.enumerated().flatMap { index, digit in
      index > 0 && (digits.count - index).isMultiple(of: 3) ? ["\u{202F}", digit] : [digit]
    })
}
