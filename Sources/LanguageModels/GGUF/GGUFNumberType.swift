import Foundation
import NeuralNetworks

/// How the matrices of a GGUF file are stored.
public enum GGUFNumberType: String, Sendable, CaseIterable {
  /// IEEE 754 binary32: exact.
  case float32 = "F32"
  /// IEEE 754 binary16: 11 significant bits, to 65,504.
  case float16 = "F16"
  /// The upper half of binary32: 8 significant bits, its whole range.
  case bfloat16 = "BF16"
  /// Blocks of 32 whole numbers in -127...127 with one scale: 8.5 bits for a number.
  case eightBit = "Q8_0"

  /// The number of this type in a file's table of tensors.
  var code: UInt32 {
    switch self {
    case .float32: 0
    case .float16: 1
    case .eightBit: 8
    case .bfloat16: 30
    }
  }

  init?(code: UInt32) {
    guard let type = Self.allCases.first(where: { $0.code == code }) else { return nil }
    self = type
  }

  /// The number of a file whose matrices are of this type, under `general.file_type`.
  var fileType: Int {
    switch self {
    case .float32: 0
    case .float16: 1
    case .eightBit: 7
    case .bfloat16: 32
    }
  }

  /// How a tensor is stored in a file of this type: vectors stay as they are, because they are small
  /// and kernels ask for it, and rows that are not whole blocks are stored in half precision.
  func stored(_ shape: [Int]) -> GGUFNumberType {
    if shape.count < 2 { return .float32 }
    return shape[shape.count - 1] % blockLength == 0 ? self : .float16
  }

  /// Numbers in one block.
  var blockLength: Int { self == .eightBit ? EightBitBlock.length : 1 }

  /// Bytes of `count` numbers; nil where they are not whole blocks, or too many.
  func byteCount(of count: Int) -> Int? {
    guard count % blockLength == 0 else { return nil }
    let block = plain?.byteCount ?? EightBitBlock.byteCount
    let (bytes, overflow) = (count / blockLength).multipliedReportingOverflow(by: block)
    return overflow ? nil : bytes
  }

  /// The type of safetensors that stores numbers the same way.
  private var plain: Safetensors.StorageType? {
    switch self {
    case .float32: .float32
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .eightBit: nil
    }
  }

  /// The bytes of whole blocks.
  package func encode(_ values: UnsafeBufferPointer<Float>) -> Data {
    plain.map { $0.encode(values) } ?? EightBitBlock.encode(values)
  }

  /// Reads whole blocks.
  ///
  /// - Precondition: `bytes` holds as many numbers as `values`.
  package func decode(
    _ bytes: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(byteCount(of: values.count) == bytes.count, "GGUF: \(bytes.count) bytes to decode")
    if let plain {
      plain.decode(bytes, into: values)
    } else {
      EightBitBlock.decode(bytes, into: values)
    }
  }
}

/// A block of Q8_0: a scale in half precision, then one byte for each number.
///
///     d = max |x| / 127,   q = x · (1 / d), rounded to nearest, ties away from zero,   x ≈ d q
///
/// Numbers are divided by the scale before it is rounded to half precision, as ggml does.
///
/// Source: `quantize_row_q8_0_ref` of ggml.
private enum EightBitBlock {
  static let length = 32
  private static let scaleByteCount = 2
  static let byteCount = scaleByteCount + length
  private static let largest: Float = 127

  static func encode(_ values: UnsafeBufferPointer<Float>) -> Data {
    var data = Data(count: values.count / length * byteCount)
    data.withUnsafeMutableBytes { bytes in
      for (block, start) in stride(from: 0, to: values.count, by: length).enumerated() {
        let numbers = UnsafeBufferPointer(rebasing: values[start..<start + length])
        let place = block * byteCount
        let scale = numbers.reduce(0) { max($0, abs($1)) } / largest
        bytes.storeBytes(
          of: Float16(scale).bitPattern.littleEndian, toByteOffset: place, as: UInt16.self)
        let inverse = scale == 0 ? 0 : 1 / scale
        for (index, number) in numbers.enumerated() {
          bytes[place + scaleByteCount + index] = UInt8(bitPattern: quantized(number * inverse))
        }
      }
    }
    return data
  }

  /// What is not finite has no place in a block, but does not stop the program either.
  private static func quantized(_ value: Float) -> Int8 {
    let rounded = value.rounded(.toNearestOrAwayFromZero)
    if rounded.isNaN { return 0 }
    return Int8(max(-largest, min(rounded, largest)))
  }

  static func decode(
    _ bytes: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>
  ) {
    for block in 0..<values.count / length {
      let place = block * byteCount
      let bits = bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self)
      let scale = Float(Float16(bitPattern: UInt16(littleEndian: bits)))
      for index in 0..<length {
        let number = Int8(bitPattern: bytes[place + scaleByteCount + index])
        values[block * length + index] = scale * Float(number)
      }
    }
  }
}
