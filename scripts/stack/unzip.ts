import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { inflateRawSync } from 'node:zlib';

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;

/** Unpacks the wanted files of a ZIP archive of less than 4 GB: Node cannot, and not every machine has a program for it. */
export const unzip = (
  archive: string,
  folder: string,
  isWanted: (name: string) => boolean = () => true,
): void => {
  const bytes = readFileSync(archive);
  const end = bytes.lastIndexOf(Buffer.from('504b0506', 'hex'));
  if (end < 0 || bytes.readUInt32LE(end) !== END) throw new Error(`${archive} is no ZIP archive`);
  let at = bytes.readUInt32LE(end + 16);
  for (let entriesLeft = bytes.readUInt16LE(end + 10); entriesLeft > 0; entriesLeft -= 1) {
    if (bytes.readUInt32LE(at) !== ENTRY) throw new Error(`${archive} is damaged`);
    const method = bytes.readUInt16LE(at + 10);
    const packed = bytes.readUInt32LE(at + 20);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) =>
      bytes.readUInt16LE(at + field),
    );
    const local = bytes.readUInt32LE(at + 42);
    const name = bytes.toString('utf8', at + 46, at + 46 + (nameLength ?? 0));
    at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0);
    if (name.endsWith('/') || !isWanted(name)) continue;
    const path = resolve(folder, name);
    if (!path.startsWith(resolve(folder) + sep))
      throw new Error(`${archive} holds a file outside of its folder: ${name}`);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(join(path), contentOf(bytes.subarray(start, start + packed), method, archive));
  }
};

const contentOf = (data: Buffer, method: number, archive: string): Buffer => {
  if (method === STORED) return data;
  if (method === DEFLATED) return inflateRawSync(data);
  throw new Error(
    `${archive} uses compression method ${String(method)}, but only stored and deflated files can be unpacked`,
  );
};
