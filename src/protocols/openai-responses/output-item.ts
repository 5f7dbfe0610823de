/** An event of the stream, but for its place in the order. */
export interface ItemEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** How an item ends: `incomplete` where it was cut off. */
export type ItemStatus = 'completed' | 'incomplete';

/** An item's name and its place in the answer's output. */
export interface Place {
  readonly id: string;
  readonly index: number;
}

/** An item that is being written. Only one is open at a time. */
export interface OpenItem {
  /** The events that open it. */
  added(): readonly ItemEvent[];
  /** The events that finish it. */
  close(status: ItemStatus): readonly ItemEvent[];
  /** As it would stand in the answer's output. */
  snapshot(status: ItemStatus): object;
}
