/** What an operating system's keychain offers for one service: named items of bytes, each written whole. */
export interface Items {
  get(name: string): Promise<Uint8Array | undefined>;
  set(name: string, value: Uint8Array): Promise<void>;
  /** Whether there was such an item. */
  delete(name: string): Promise<boolean>;
}
