/**
 * The limit of one record batch after decompression. The topic of commands takes batches of 1 MiB, commands compress to between a tenth and
 * a fiftieth, and the largest valid command has less than 1 MiB. So 64 MiB is more than any publisher sends, and fits into memory. A block
 * of a history file has this limit, too: a block is at most one record larger than 256 KiB.
 */
export const MAX_BATCH_BYTES = 64 * 1024 * 1024;

/**
 * The limit of one record that this program writes. The record with its headers must fit into a batch that can be read again, and a dead
 * letter and its record must fit into one block of a history file.
 */
export const MAX_RECORD_BYTES = 31 * 1024 * 1024;
