/// The name that `name` was probably meant to be: the one with the fewest edits (insertion,
/// deletion, replacement of a letter), if those are at most a third of the longer one's letters,
/// or at most two; the first one on a tie.
public func nearestName(to name: String, among names: [String]) -> String? {
  let letters = Array(name.lowercased())
  let scored = names.map { ($0, editDistance(letters, Array($0.lowercased()))) }
  guard let (best, distance) = scored.min(by: { $0.1 < $1.1 }) else { return nil }
  return distance <= max(2, max(name.count, best.count) / 3) ? best : nil
}

/// Levenshtein distance.
private func editDistance(_ left: [Character], _ right: [Character]) -> Int {
  var row = Array(0...right.count)
  for (i, letter) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in right.enumerated() {
      let replaced = diagonal + (letter == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
    }
  }
  return row[right.count]
}
