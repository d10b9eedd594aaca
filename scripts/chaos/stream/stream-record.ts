export type StreamRecord = {
  readonly partition: number;
  readonly key: Buffer;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: string, value: Buffer | string | null])[];
};
