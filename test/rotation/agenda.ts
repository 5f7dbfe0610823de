/** What is to happen, and when: the earliest first, and of those at one time the one that was noted first. */
export interface Agenda<T> {
  add(at: number, item: T): void;
  next(): { readonly at: number; readonly item: T } | undefined;
}

interface Entry<T> {
  readonly at: number;
  readonly order: number;
  readonly item: T;
}

/** A binary heap: a simulated day has a million entries. */
export function makeAgenda<T>(): Agenda<T> {
  const heap: Entry<T>[] = [];
  let order = 0;
  return {
    add(at, item) {
      order += 1;
      heap.push({ at, order, item });
      rise(heap);
    },
    next() {
      const first = heap[0];
      const last = heap.pop();
      if (first !== undefined && last !== undefined && heap.length > 0) {
        heap[0] = last;
        sink(heap);
      }
      return first;
    },
  };
}

function isBefore(one: Entry<unknown>, other: Entry<unknown>): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

function rise(heap: Entry<unknown>[]): void {
  let at = heap.length - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    if (!swapIfBefore(heap, at, above)) return;
    at = above;
  }
}

function sink(heap: Entry<unknown>[]): void {
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const [one, other] = [heap[left], heap[left + 1]];
    if (one === undefined) return;
    const least = other !== undefined && isBefore(other, one) ? left + 1 : left;
    if (!swapIfBefore(heap, least, at)) return;
    at = least;
  }
}

/** @returns whether the one below belonged above */
function swapIfBefore(heap: Entry<unknown>[], below: number, above: number): boolean {
  const [one, other] = [heap[below], heap[above]];
  if (one === undefined || other === undefined || !isBefore(one, other)) return false;
  heap[above] = one;
  heap[below] = other;
  return true;
}
