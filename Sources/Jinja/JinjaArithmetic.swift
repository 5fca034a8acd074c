import Foundation

/// Python's arithmetic. Whole numbers have 64 bits: what needs more is refused.
func arithmetic(
  _ operation: JinjaOperator, _ left: JinjaValue, _ right: JinjaValue
) throws(JinjaError) -> JinjaValue {
  if let left = left.integer, let right = right.integer {
    return try wholeArithmetic(operation, left, right)
  }
  if let left = left.float, let right = right.float {
    return .float(try floatArithmetic(operation, left, right))
  }
  switch (operation, left, right) {
  case (.add, .text(let left), .text(let right)): return try .bounded(left + right)
  case (.add, .sequence(let left), .sequence(let right))
  where left.kind == right.kind && (left.kind == .list || left.kind == .tuple):
    return .sequence(try JinjaSequence(left.elements + right.elements, kind: left.kind))
  case (.multiply, _, _):
    if let count = right.integer { return try repeated(left, count: count) }
    if let count = left.integer { return try repeated(right, count: count) }
  case (.modulo, .text(let format), .sequence(let sequence)) where sequence.kind == .tuple:
    return try .bounded(try formatted(format, sequence.elements))
  case (.modulo, .text(let format), _):
    guard !right.isUndefined else { break }
    return try .bounded(try formatted(format, [right]))
  default: break
  }
  throw .invalid("'\(operation.rawValue)' of \(left.typeName) and \(right.typeName)")
}

private func wholeArithmetic(
  _ operation: JinjaOperator, _ left: Int, _ right: Int
) throws(JinjaError) -> JinjaValue {
  let isDivision = [.divide, .floorDivide, .modulo].contains(operation)
  guard !isDivision || right != 0 else { throw .invalid("a division by zero") }
  let result: (partialValue: Int, overflow: Bool)
  switch operation {
  case .add: result = left.addingReportingOverflow(right)
  case .subtract: result = left.subtractingReportingOverflow(right)
  case .multiply: result = left.multipliedReportingOverflow(by: right)
  case .divide: return .float(Double(left) / Double(right))
  case .floorDivide:
    let (quotient, overflow) = left.dividedReportingOverflow(by: right)
    let isBelow = !overflow && quotient * right != left && (left < 0) != (right < 0)
    result = (isBelow ? quotient - 1 : quotient, overflow)
  case .modulo:
    let (remainder, overflow) = left.remainderReportingOverflow(dividingBy: right)
    let isBelow = !overflow && remainder != 0 && (remainder < 0) != (right < 0)
    result = (overflow ? 0 : isBelow ? remainder + right : remainder, false)
  case .power:
    guard right >= 0 else {
      return .float(try floatArithmetic(.power, Double(left), Double(right)))
    }
    result = power(left, right)
  }
  guard !result.overflow else { throw .tooLarge("a whole number") }
  return .integer(result.partialValue)
}

private func power(_ base: Int, _ exponent: Int) -> (partialValue: Int, overflow: Bool) {
  if exponent == 0 || base == 1 { return (1, false) }
  if base == 0 { return (0, false) }
  if base == -1 { return (exponent % 2 == 0 ? 1 : -1, false) }
  var result = 1
  for _ in 0..<exponent {
    let (product, overflow) = result.multipliedReportingOverflow(by: base)
    if overflow { return (0, true) }
    result = product
  }
  return (result, false)
}

private func floatArithmetic(
  _ operation: JinjaOperator, _ left: Double, _ right: Double
) throws(JinjaError) -> Double {
  let isDivision = [.divide, .floorDivide, .modulo].contains(operation)
  guard !isDivision || right != 0 else { throw .invalid("a division by zero") }
  switch operation {
  case .add: return left + right
  case .subtract: return left - right
  case .multiply: return left * right
  case .divide: return left / right
  case .floorDivide: return ((left - flooredRemainder(left, right)) / right).rounded()
  case .modulo: return flooredRemainder(left, right)
  case .power:
    guard left != 0 || right >= 0 else { throw .invalid("zero to a negative power") }
    guard left >= 0 || right == right.rounded() else { throw .unsupported("complex numbers") }
    let result = pow(left, right)
    guard result.isFinite || !left.isFinite || !right.isFinite else {
      throw .invalid("a power that is too large")
    }
    return result
  }
}

/// The remainder with the sign of the divisor.
private func flooredRemainder(_ left: Double, _ right: Double) -> Double {
  let remainder = left.truncatingRemainder(dividingBy: right)
  guard remainder != 0 else { return right < 0 ? -0.0 : 0 }
  return (remainder < 0) != (right < 0) ? remainder + right : remainder
}

private func repeated(_ value: JinjaValue, count: Int) throws(JinjaError) -> JinjaValue {
  let (size, overflow) = value.size.multipliedReportingOverflow(by: max(0, count))
  guard !overflow, size <= JinjaLimits.valueSize else { throw .tooLarge("a repeated value") }
  switch value {
  case .text(let text): return .text(String(repeating: text, count: max(0, count)))
  case .sequence(let sequence) where sequence.kind == .list || sequence.kind == .tuple:
    let elements = Array(repeatElement(sequence.elements, count: max(0, count)).joined())
    return .sequence(try JinjaSequence(elements, kind: sequence.kind))
  default: throw .invalid("'*' of \(value.typeName)")
  }
}
