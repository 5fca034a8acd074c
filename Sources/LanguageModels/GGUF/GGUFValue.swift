import Foundation
import NeuralNetworks

/// A value of a GGUF file's metadata: what we write, and what the types of others are read as.
enum GGUFValue: Equatable, Sendable {
  /// Any of the whole numbers; written with 32 bits, unsigned.
  case integer(Int)
  /// Either of the fractions; written in single precision.
  case number(Double)
  case flag(Bool)
  case text(String)
  /// Written with 32 bits, signed.
  case integers([Int])
  case numbers([Double])
  case texts([String])

  var integer: Int? { if case .integer(let value) = self { value } else { nil } }
  /// Whole numbers, too.
  var number: Double? {
    if case .number(let value) = self { value } else { integer.map(Double.init) }
  }
  var flag: Bool? { if case .flag(let value) = self { value } else { nil } }
  var text: String? { if case .text(let value) = self { value } else { nil } }
  var integers: [Int]? { if case .integers(let value) = self { value } else { nil } }
  var texts: [String]? { if case .texts(let value) = self { value } else { nil } }
}

/// The types of values, with their numbers in a file.
private enum GGUFType: UInt32 {
  case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64
  case float64
}

// MARK: - Writing

extension GGUFValue {
  /// The type and the value, as they stand after a key.
  ///
  /// - Precondition: Whole numbers fit 32 bits.
  var bytes: Data {
    switch self {
    case .integer(let value): Self.code(.uint32) + Data(littleEndian: UInt32(value))
    case .number(let value): Self.code(.float32) + Data(littleEndian: Float(value).bitPattern)
    case .flag(let value): Self.code(.bool) + Data([value ? 1 : 0])
    case .text(let value): Self.code(.string) + Data(counted: value)
    case .integers(let values):
      Self.array(.int32, values.count) + Data(values.flatMap { Data(littleEndian: Int32($0)) })
    case .numbers(let values):
      Self.array(.float32, values.count)
        + Data(values.flatMap { Data(littleEndian: Float($0).bitPattern) })
    case .texts(let values):
      values.reduce(into: Self.array(.string, values.count)) { $0.append(Data(counted: $1)) }
    }
  }

  private static func code(_ type: GGUFType) -> Data { Data(littleEndian: type.rawValue) }

  private static func array(_ type: GGUFType, _ count: Int) -> Data {
    code(.array) + code(type) + Data(littleEndian: UInt64(count))
  }
}

extension Data {
  init(littleEndian value: some FixedWidthInteger) {
    self = Swift.withUnsafeBytes(of: value.littleEndian) { Data($0) }
  }

  /// A text as GGUF writes it: its length in bytes, then the bytes.
  init(counted text: String) {
    self = Data(littleEndian: UInt64(text.utf8.count)) + Data(text.utf8)
  }
}

// MARK: - Reading

extension GGUFCursor {
  /// The value after a key.
  mutating func nextValue(of key: String) throws(CheckpointError) -> GGUFValue {
    let type = try nextType(of: key)
    switch type {
    case .string: return .text(try nextText())
    case .bool: return .flag(try next(UInt8.self) != 0)
    case .float32, .float64: return .number(try nextNumber(type))
    case .array: return try nextArray(of: key)
    default: return .integer(try nextInteger(type, of: key))
    }
  }

  private mutating func nextArray(of key: String) throws(CheckpointError) -> GGUFValue {
    let type = try nextType(of: key)
    let count = try nextElementCount(of: key)
    switch type {
    case .array: throw fault("key '\(key)' is an array of arrays, which is not read")
    case .string:
      return .texts(
        try elements(count) { (cursor) throws(CheckpointError) in
          try cursor.nextText()
        })
    case .float32, .float64:
      return .numbers(
        try elements(count) { (cursor) throws(CheckpointError) in
          try cursor.nextNumber(type)
        })
    default:
      return .integers(
        try elements(count) { (cursor) throws(CheckpointError) in
          try cursor.nextInteger(type, of: key)
        })
    }
  }

  /// Elements one after another: memory is taken as they are found, not as their count says.
  private mutating func elements<Element>(
    _ count: Int, next: (inout GGUFCursor) throws(CheckpointError) -> Element
  ) throws(CheckpointError) -> [Element] {
    var result: [Element] = []
    for _ in 0..<count { result.append(try next(&self)) }
    return result
  }

  private mutating func nextType(of key: String) throws(CheckpointError) -> GGUFType {
    let code = try next(UInt32.self)
    guard let type = GGUFType(rawValue: code) else {
      throw fault("key '\(key)' has the unknown type \(code)")
    }
    return type
  }

  private mutating func nextNumber(_ type: GGUFType) throws(CheckpointError) -> Double {
    type == .float64
      ? Double(bitPattern: try next(UInt64.self))
      : Double(Float(bitPattern: try next(UInt32.self)))
  }

  private mutating func nextInteger(
    _ type: GGUFType, of key: String
  ) throws(CheckpointError) -> Int {
    switch type {
    case .uint8, .bool: return Int(try next(UInt8.self))
    case .int8: return Int(try next(Int8.self))
    case .uint16: return Int(try next(UInt16.self))
    case .int16: return Int(try next(Int16.self))
    case .uint32: return Int(try next(UInt32.self))
    case .int32: return Int(try next(Int32.self))
    case .int64: return Int(try next(Int64.self))
    default:
      let value = try next(UInt64.self)
      guard let integer = Int(exactly: value) else {
        throw fault("key '\(key)' is \(value), which is out of range")
      }
      return integer
    }
  }
}
