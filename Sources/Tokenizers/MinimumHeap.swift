/// A binary heap whose first element is the smallest.
struct MinimumHeap<Element: Comparable> {
  private var elements: [Element]

  /// Orders `elements` in linear time.
  init(_ elements: [Element]) {
    self.elements = elements
    for index in stride(from: elements.count / 2 - 1, through: 0, by: -1) { sink(from: index) }
  }

  mutating func push(_ element: Element) {
    elements.append(element)
    var child = elements.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if elements[parent] <= elements[child] { break }
      elements.swapAt(parent, child)
      child = parent
    }
  }

  mutating func popMinimum() -> Element? {
    guard let minimum = elements.first, let last = elements.popLast() else { return nil }
    if !elements.isEmpty {
      elements[0] = last
      sink(from: 0)
    }
    return minimum
  }

  private mutating func sink(from index: Int) {
    var parent = index
    while true {
      var child = 2 * parent + 1
      guard child < elements.count else { return }
      if child + 1 < elements.count, elements[child + 1] < elements[child] { child += 1 }
      if elements[parent] <= elements[child] { return }
      elements.swapAt(parent, child)
      parent = child
    }
  }
}
