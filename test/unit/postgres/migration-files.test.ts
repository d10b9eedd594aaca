import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { readMigrations } from '../../../src/postgres/migration-files.ts';

describe('the files of the migrations', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'migrations-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  const readWith = async (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    return readMigrations(pathToFileURL(`${folder}/`));
  };

  it('are read in the order of their numbers, and nothing else in the folder is', async () => {
    const migrations = await readWith({
      '0002-b.sql': 'B',
      '0001-a.sql': 'A',
      'grants.sql': 'G',
      'notes.md': '',
    });
    expect(migrations.map(({ version, name, sql }) => [version, name, sql])).to.deep.equal([
      [1, '0001-a', 'A'],
      [2, '0002-b', 'B'],
    ]);
  });

  it('must follow each other without a gap', async () => {
    const failure = await readWith({ '0001-a.sql': '', '0003-c.sql': '' }).catch((error: unknown) => error);
    expect(failure).to.have.property('message', 'migration 0003-c.sql should have number 2');
  });

  it('have the same checksum whatever their line ends, and another for other content', async () => {
    const [unix] = await readWith({ '0001-a.sql': 'A\nB\n' });
    const [windows] = await readWith({ '0001-a.sql': 'A\r\nB\r\n' });
    const [other] = await readWith({ '0001-a.sql': 'A\nC\n' });
    expect(windows?.checksum).to.equal(unix?.checksum);
    expect(other?.checksum).not.to.equal(unix?.checksum);
  });
});
