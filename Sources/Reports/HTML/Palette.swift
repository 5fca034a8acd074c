import Foundation

/// A colour, its parts in 0...1 in sRGB.
package struct ReportColor: Equatable {
  package let red, green, blue: Double

  /// A colour from 0xRRGGBB.
  package init(_ code: UInt32) {
    (red, green, blue) = (
      Double(code >> 16 & 255) / 255, Double(code >> 8 & 255) / 255, Double(code & 255) / 255
    )
  }

  private init(red: Double, green: Double, blue: Double) {
    (self.red, self.green, self.blue) = (red, green, blue)
  }

  /// Between this colour, at 0, and another, at 1.
  package func mixed(with other: ReportColor, _ share: Double) -> ReportColor {
    func between(_ a: Double, _ b: Double) -> Double { a + (b - a) * share }
    return ReportColor(
      red: between(red, other.red), green: between(green, other.green),
      blue: between(blue, other.blue))
  }

  /// How far two colours differ in light, 1 to 21.
  ///
  /// Source: WCAG 2.2, "contrast ratio".
  package func contrast(with other: ReportColor) -> Double {
    let (a, b) = (luminance, other.luminance)
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
  }

  /// "#0072b2".
  var css: String {
    "#"
      + [red, green, blue].map { String(format: "%02x", Int(($0 * 255).rounded())) }.joined()
  }

  private var luminance: Double {
    func linear(_ value: Double) -> Double {
      value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  }
}

/// The colours of a page in one theme, as custom properties of its style sheet.
///
/// The colours of curves are those of Okabe and Ito 2008, "Color Universal Design", which people with
/// any kind of colour vision tell apart, made darker or lighter until they stand out from the page.
package struct Palette {
  /// Of the page itself.
  package let paper, surface, ink, muted, line, accent, good, bad, inserted, removed: ReportColor
  /// Of curves and strips.
  package let series: [ReportColor]
  /// The ends of the colour scale.
  package let low, high: ReportColor

  /// How many colours the scale has.
  package static let levels = 9

  package static let light = Palette(
    paper: .init(0xFFFFFF), surface: .init(0xF6F7F9), ink: .init(0x1C2127), muted: .init(0x5C6570),
    line: .init(0xDDE1E6), accent: .init(0x0B62A4), good: .init(0x00714F), bad: .init(0xB34700),
    inserted: .init(0xD5F0E6), removed: .init(0xFBE0D0),
    series: [0x0072B2, 0xC85200, 0x008A63, 0xA9588A, 0x9A6B00, 0x3A8FC4].map(ReportColor.init),
    low: .init(0xF6F7F9), high: .init(0x0B62A4))

  package static let dark = Palette(
    paper: .init(0x14171B), surface: .init(0x1D2126), ink: .init(0xE6E9ED), muted: .init(0x9BA5B0),
    line: .init(0x343B44), accent: .init(0x6CB8F0), good: .init(0x4CC9A0), bad: .init(0xF2934E),
    inserted: .init(0x14473A), removed: .init(0x57301A),
    series: [0x56B4E9, 0xF28A3C, 0x3CC49B, 0xD994BD, 0xE3B341, 0x9CCBEA].map(ReportColor.init),
    low: .init(0x1D2126), high: .init(0x56B4E9))

  /// The colours of the scale, from the lowest level to the highest.
  package var scale: [ReportColor] {
    (0..<Self.levels).map { low.mixed(with: high, Double($0) / Double(Self.levels - 1)) }
  }

  /// The colour of text on a background: black or white, whichever is easier to read. One of the two
  /// always has a contrast above 4.5.
  package static func text(on background: ReportColor) -> ReportColor {
    let (black, white) = (ReportColor(0), ReportColor(0xFFFFFF))
    return black.contrast(with: background) >= white.contrast(with: background) ? black : white
  }

  /// The custom properties: `--ink:#1c2127;…`.
  var css: String {
    let named = [
      ("paper", paper), ("surface", surface), ("ink", ink), ("muted", muted), ("line", line),
      ("accent", accent), ("good", good), ("bad", bad), ("inserted", inserted),
      ("removed", removed),
    ]
    let curves = series.enumerated().map { ("s\($0.offset)", $0.element) }
    let levels = scale.enumerated().flatMap { level, color in
      [("q\(level)", color), ("q\(level)-text", Self.text(on: color))]
    }
    return (named + curves + levels).map { "--\($0.0):\($0.1.css);" }.joined()
  }
}
