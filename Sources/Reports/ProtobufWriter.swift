/// Writes a message in the wire format of Protocol Buffers: a key, then the value, for each field.
///
/// The key is `field << 3 | wire type`. As proto3 has it, a caller leaves out fields that have their
/// default value. Fields written in the order of their numbers give the bytes of the reference
/// implementation.
///
/// Source: "Encoding", Protocol Buffers documentation, protobuf.dev.
struct ProtobufWriter {
  /// What has been written.
  private(set) var bytes: [UInt8] = []

  private enum WireType: UInt64 {
    case variableLength = 0
    case eightBytes = 1
    case lengthDelimited = 2
    case fourBytes = 5
  }

  /// An `int64`, or a value of an enumeration: ten bytes where it is negative.
  mutating func write(_ value: Int, field: Int) {
    writeKey(field, .variableLength)
    writeVariableLength(UInt64(bitPattern: Int64(value)))
  }

  /// A `float`.
  mutating func write(_ value: Float, field: Int) {
    writeKey(field, .fourBytes)
    bytes += littleEndianBytes(value.bitPattern)
  }

  /// A `double`.
  mutating func write(_ value: Double, field: Int) {
    writeKey(field, .eightBytes)
    bytes += littleEndianBytes(value.bitPattern)
  }

  /// A `string`, or a `bytes` field with text.
  mutating func write(_ value: String, field: Int) {
    writeBytes(Array(value.utf8), field: field)
  }

  /// A message within this one; present even where it is empty.
  mutating func write(field: Int, message: (inout ProtobufWriter) -> Void) {
    var inner = ProtobufWriter()
    message(&inner)
    writeBytes(inner.bytes, field: field)
  }

  private mutating func writeBytes(_ value: [UInt8], field: Int) {
    writeKey(field, .lengthDelimited)
    writeVariableLength(UInt64(value.count))
    bytes += value
  }

  private mutating func writeKey(_ field: Int, _ type: WireType) {
    writeVariableLength(UInt64(field) << 3 | type.rawValue)
  }

  /// Seven bits a byte, the lowest first; the eighth says that more follow.
  private mutating func writeVariableLength(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// The bytes of a number, the lowest first.
func littleEndianBytes(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
