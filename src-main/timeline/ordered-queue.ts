/** A priority queue on a binary heap: entries come out by key, the least first, and those of equal keys in the order they were put in. */
export class OrderedQueue<T> {
  private readonly heap: { key: number; order: number; value: T }[] = []
  private count = 0

  get size(): number {
    return this.heap.length
  }

  /** @param order decides among equal keys @default the order of insertion */
  put(key: number, value: T, order = this.count++): void {
    const { heap } = this
    heap.push({ key, order, value })
    for (let child = heap.length - 1; child > 0;) {
      const parent = (child - 1) >> 1
      if (!this.before(child, parent)) break
      this.swap(child, parent)
      child = parent
    }
  }

  /** The least key; Infinity if the queue is empty. */
  get leastKey(): number {
    return this.heap[0]?.key ?? Infinity
  }

  take(): T | undefined {
    const { heap } = this
    const first = heap[0]
    const last = heap.pop()
    if (!first || !last || heap.length === 0) return first?.value
    heap[0] = last
    for (let parent = 0; ;) {
      let least = parent
      for (const child of [2 * parent + 1, 2 * parent + 2]) if (child < heap.length && this.before(child, least)) least = child
      if (least === parent) return first.value
      this.swap(parent, least)
      parent = least
    }
  }

  private before(a: number, b: number): boolean {
    const [x, y] = [this.heap[a]!, this.heap[b]!]
    return x.key < y.key || (x.key === y.key && x.order < y.order)
  }

  private swap(a: number, b: number): void {
    const x = this.heap[a]!
    this.heap[a] = this.heap[b]!
    this.heap[b] = x
  }
}
