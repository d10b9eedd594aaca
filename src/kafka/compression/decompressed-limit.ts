/**
 * The limit of one record batch after decompression. The topic of commands takes batches of 1 MiB, and commands shrink to a tenth or a
 * fiftieth; the largest valid command has less than 1 MiB. So 64 MiB is more than any publisher sends, and fits into memory. A block of a
 * history file has this limit, too: it is at most one record larger than 256 KiB.
 */
export const MOST_BATCH_BYTES = 64 * 1024 * 1024;

/**
 * The limit of one record that is written. With its headers it must fit a batch that can be read again, and a block of a history file must
 * hold a dead letter beside its record.
 */
export const MOST_LETTER_BYTES = 31 * 1024 * 1024;
