const MIB = 1024 * 1024;

/** Together larger than a batch may be when decompressed, so no processor reads any of them. The broker accepts the compressed batch. */
export const BOMB = { records: 9, value: () => Buffer.alloc(8 * MIB, 'bomb ') } as const;

/** Without compression, too large for a topic, and so is its dead letter. */
export const LARGE_AS_ONE = {
  pattern: Buffer.from('x'),
  value: () => Buffer.alloc(9 * MIB, LARGE_AS_ONE.pattern),
};

/** Whether the value is part of the batch that cannot be read: its dead letter has no content. */
export const isOfBomb = (value: Buffer | null): boolean =>
  value?.length === 8 * MIB && value.subarray(0, 5).toString() === 'bomb ';
