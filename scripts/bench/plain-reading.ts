/**
 * The reference for a machine's speed: avsc alone reads the same file on one thread, as any Avro tool would. This is a program of its own:
 *
 *     node --import tsx scripts/bench/plain-reading.ts month.avro
 */
import { once } from 'node:events';
import avro from 'avsc';

const decoder = avro.createFileDecoder(process.argv[2] ?? '');
decoder.resume();
await once(decoder, 'end');
