/** Where a run's requests go. */
export interface Target {
  readonly name: TargetName;
  readonly port: number;
  /** The local key, where there is one. */
  readonly key: string;
}

export const targetNames = ['upstream', 'pipe', 'rota'] as const;
export type TargetName = (typeof targetNames)[number];
