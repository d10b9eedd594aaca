/**
 * What a machine is measured by: the same file, read by avsc alone on one thread, as any Avro tool would. A program of its own:
 *
 *     node --import tsx scripts/bench/plain-reading.ts month.avro
 */
import { once } from 'node:events';
import avro from 'avsc';

const decoder = avro.createFileDecoder(process.argv[2] ?? '');
decoder.resume();
await once(decoder, 'end');
