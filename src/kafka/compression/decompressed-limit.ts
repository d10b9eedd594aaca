/**
 * What one record batch may hold once it is decompressed. A command's topic takes batches of 1 MiB, and text of this kind shrinks to
 * a tenth or a fiftieth; the largest valid command has less than 1 MiB. So 64 MiB is more than any publisher sends, and little enough
 * to hold in memory. Also the limit of one block of a history file, which is at most one record larger than 256 KiB.
 */
export const MOST_BATCH_BYTES = 64 * 1024 * 1024;

/**
 * What is written as one record: with its headers it must fit a batch that can be read again, and a block of a history file must hold it
 * beside the record that it was made of.
 */
export const MOST_LETTER_BYTES = 31 * 1024 * 1024;
