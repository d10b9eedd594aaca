import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { expect } from 'chai';
import { unzip } from '../../../../scripts/stack/unzip.ts';

/** As the ZIP format lays it out: local headers with data, then the directory, then its end. */
const zip = (entries: readonly (readonly [name: string, content: string, method: 0 | 8])[]): Buffer => {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content, method] of entries) {
    const data = method === 0 ? Buffer.from(content) : deflateRawSync(Buffer.from(content));
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    locals.push(local, Buffer.from(name), data);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt16LE(Buffer.byteLength(name), 28);
    entry.writeUInt32LE(offset, 42);
    directory.push(entry, Buffer.from(name));
    offset += local.length + Buffer.byteLength(name) + data.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...directory, end]);
};

describe('A ZIP archive', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'runclose-test-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const unpack = (archive: Buffer): void => {
    writeFileSync(join(folder, 'a.zip'), archive);
    unzip(join(folder, 'a.zip'), join(folder, 'out'));
  };

  it('is unpacked, stored and deflated files alike', () => {
    unpack(
      zip([
        ['bin/', '', 0],
        ['bin/java', 'program '.repeat(1000), 8],
        ['lib/é.txt', 'as it is', 0],
      ]),
    );
    expect(readFileSync(join(folder, 'out/bin/java'), 'utf8')).to.equal('program '.repeat(1000));
    expect(readFileSync(join(folder, 'out/lib/é.txt'), 'utf8')).to.equal('as it is');
  });

  it('unpacks only the wanted files', () => {
    writeFileSync(
      join(folder, 'a.zip'),
      zip([
        ['one/wanted', 'x', 0],
        ['two/other', 'y', 8],
      ]),
    );
    unzip(join(folder, 'a.zip'), join(folder, 'out'), (name) => name.startsWith('one/'));
    expect(existsSync(join(folder, 'out/one/wanted'))).to.equal(true);
    expect(existsSync(join(folder, 'out/two'))).to.equal(false);
  });

  it('is refused if a file of the archive lies outside of the folder', () => {
    expect(() => {
      unpack(zip([['../outside', 'x', 0]]));
    }).to.throw('holds a file outside of its folder');
    expect(existsSync(join(folder, 'outside'))).to.equal(false);
  });

  it('is refused if it is none', () => {
    expect(() => {
      unpack(Buffer.from('no archive'));
    }).to.throw('is no ZIP archive');
  });
});
