import Foundation
import NeuralNetworks

extension GGUFFile {
  private static let mostAxes = 4
  /// Of keys, and of tensors; models have some dozens and some thousands.
  static let mostEntries = 1 << 16

  /// A row of the table of tensors.
  typealias Row = (name: String, shape: [Int], type: GGUFNumberType, offset: UInt64)

  /// The keys and values, which follow their count.
  static func metadata(
    from cursor: inout GGUFCursor
  ) throws(CheckpointError) -> [String: GGUFValue] {
    var metadata: [String: GGUFValue] = [:]
    for _ in 0..<(try cursor.nextCount(of: "keys", limit: mostEntries)) {
      let key = try cursor.nextText()
      let value = try cursor.nextValue(of: key)
      guard metadata.updateValue(value, forKey: key) == nil else {
        throw cursor.fault("key '\(key)' is there twice")
      }
    }
    return metadata
  }

  /// What the data are aligned to, in bytes.
  static func alignment(
    of metadata: [String: GGUFValue], _ cursor: GGUFCursor
  ) throws(CheckpointError) -> Int {
    guard let value = metadata["general.alignment"] else { return alignment }
    guard case .integer(let found) = value, (1...1 << 20).contains(found),
      found.nonzeroBitCount == 1
    else { throw cursor.fault("key 'general.alignment' is no power of two up to \(1 << 20)") }
    return found
  }

  /// The table of tensors.
  static func table(
    of count: Int, from cursor: inout GGUFCursor
  ) throws(CheckpointError) -> [Row] {
    var rows: [Row] = []
    for _ in 0..<count {
      let name = try cursor.nextText()
      let axes = try cursor.next(UInt32.self)
      guard (1...UInt32(mostAxes)).contains(axes) else {
        throw cursor.fault("tensor '\(name)' has \(axes) axes, not 1 to \(mostAxes)")
      }
      var sizes: [UInt64] = []
      for _ in 0..<axes { sizes.append(try cursor.next(UInt64.self)) }
      let code = try cursor.next(UInt32.self)
      guard let type = GGUFNumberType(code: code) else {
        throw cursor.fault(
          "tensor '\(name)' is of type \(Self.name(ofType: code)); only F32, F16, BF16 and "
            + "Q8_0 are read")
      }
      // The file has the innermost size first.
      let shape = sizes.reversed().map { Int(clamping: $0) }
      rows.append((name, shape, type, try cursor.next(UInt64.self)))
    }
    return rows
  }

  /// Where the tensors of a table lie, all within the file and none on another.
  static func entries(
    of rows: [Row], from start: Int, in end: Int, _ alignment: Int, _ cursor: GGUFCursor
  ) throws(CheckpointError) -> [String: Entry] {
    var tensors: [String: Entry] = [:]
    for (name, shape, type, offset) in rows {
      guard let count = elementCount(of: shape), shape[shape.count - 1] % type.blockLength == 0,
        let byteCount = type.byteCount(of: count)
      else { throw cursor.fault("tensor '\(name)' has the impossible shape \(shape)") }
      guard offset % UInt64(alignment) == 0, offset <= end - start,
        byteCount <= end - start - Int(offset)
      else {
        throw cursor.fault(
          "tensor '\(name)' of \(byteCount) bytes at \(offset) is not aligned or does not "
            + "fit the \(end - start) bytes of data")
      }
      let place = start + Int(offset)
      let tensor = Entry(shape: shape, type: type, range: place..<place + byteCount)
      guard tensors.updateValue(tensor, forKey: name) == nil else {
        throw cursor.fault("tensor '\(name)' is there twice")
      }
    }
    var last = start
    for tensor in tensors.values.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      guard tensor.range.lowerBound >= last else {
        throw cursor.fault("its tensors overlap at byte \(tensor.range.lowerBound)")
      }
      last = tensor.range.upperBound
    }
    return tensors
  }

  /// Product of the sizes; nil where one is zero or the product overflows.
  private static func elementCount(of shape: [Int]) -> Int? {
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      if size == 0 || overflow { return nil }
      count = product
    }
    return count
  }

  /// What people call the types that are often met and not read.
  private static func name(ofType code: UInt32) -> String {
    let names: [UInt32: String] = [
      2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 10: "Q2_K", 11: "Q3_K", 12: "Q4_K", 13: "Q5_K",
      14: "Q6_K", 20: "IQ4_NL", 23: "IQ4_XS",
    ]
    return names[code] ?? "\(code)"
  }
}

extension Int {
  /// The next multiple of a power of two.
  func aligned(to alignment: Int) -> Int { (self + alignment - 1) & ~(alignment - 1) }
}
