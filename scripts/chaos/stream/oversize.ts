const MIB = 1024 * 1024;

/** Together more than a batch may unfold to, so that nobody reads any of them. Compressed, a broker takes them. */
export const BOMB = { records: 9, value: () => Buffer.alloc(8 * MIB, 'bomb ') } as const;

/** Larger than a topic takes unless it is compressed, and so is its dead letter. */
export const LARGE_AS_ONE = {
  pattern: Buffer.from('x'),
  value: () => Buffer.alloc(9 * MIB, LARGE_AS_ONE.pattern),
};

/** Part of a batch that cannot be read: its dead letter has no content. */
export const isOfBomb = (value: Buffer | null): boolean =>
  value?.length === 8 * MIB && value.subarray(0, 5).toString() === 'bomb ';
