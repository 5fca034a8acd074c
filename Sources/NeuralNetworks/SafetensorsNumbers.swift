import Foundation

extension Safetensors.StorageType {
  /// Numbers of this type, little-endian, as Float. Exact.
  ///
  /// - Precondition: `bytes` are exactly those of `values.count` numbers; they need no alignment.
  package func decode(
    _ bytes: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(
      bytes.count == values.count * byteCount,
      "decode: \(bytes.count) bytes for \(values.count) numbers of \(rawValue)")
    // Without checks for overflow of the offsets the compiler vectorises these loops.
    switch self {
    case .float32:
      for index in values.indices {
        let bits = bytes.loadUnaligned(fromByteOffset: 4 &* index, as: UInt32.self)
        values[index] = Float(bitPattern: UInt32(littleEndian: bits))
      }
    case .float16:
      for index in values.indices {
        let bits = bytes.loadUnaligned(fromByteOffset: 2 &* index, as: UInt16.self)
        values[index] = Float(Float16(bitPattern: UInt16(littleEndian: bits)))
      }
    case .bfloat16:
      for index in values.indices {
        let bits = bytes.loadUnaligned(fromByteOffset: 2 &* index, as: UInt16.self)
        values[index] = Float(bitPattern: UInt32(UInt16(littleEndian: bits)) << 16)
      }
    }
  }

  /// `values` as numbers of this type, little-endian, rounded to nearest, ties to even; a NaN stays
  /// one, and what is too large for F16 becomes infinite.
  package func encode(_ values: UnsafeBufferPointer<Float>) -> Data {
    switch self {
    case .float32: Self.data(of: values) { $0.bitPattern.littleEndian }
    case .float16: Self.data(of: values) { Float16($0).bitPattern.littleEndian }
    case .bfloat16: Self.data(of: values) { Self.bfloat16($0).littleEndian }
    }
  }

  private static func data<Word: FixedWidthInteger>(
    of values: UnsafeBufferPointer<Float>, word: (Float) -> Word
  ) -> Data {
    var data = Data(count: values.count * MemoryLayout<Word>.size)
    data.withUnsafeMutableBytes { bytes in
      let words = bytes.bindMemory(to: Word.self)
      for index in values.indices { words[index] = word(values[index]) }
    }
    return data
  }

  /// The upper half of `value`.
  private static func bfloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(bits >> 16) | 0x40 }
    return UInt16((bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
  }
}
