/// The Unicode scalars of `text` in lower case, each mapped by itself.
///
/// So it is in Python's `str.lower`, which the reference implementations use, but for one rule of
/// context: a capital sigma at the end of a Greek word becomes ς there and σ here.
func lowercasedScalars(_ text: String) -> [Unicode.Scalar] {
  var scalars: [Unicode.Scalar] = []
  scalars.reserveCapacity(text.utf8.count)
  for scalar in text.unicodeScalars {
    switch scalar {
    case "A"..."Z": scalars.append(Unicode.Scalar(UInt8(scalar.value) + 32))
    case _ where scalar.isASCII: scalars.append(scalar)
    default: scalars.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
    }
  }
  return scalars
}
