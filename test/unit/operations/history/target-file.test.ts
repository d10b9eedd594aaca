import { chmod, copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openHistoryFile } from '../../../../src/avro/history-file.ts';
import { loadSchemas } from '../../../../src/avro/schema-files.ts';
import { topicNames } from '../../../../src/kafka/names/topic-names.ts';
import { outputTopicsOf } from '../../../../src/kafka/read/topic-history.ts';
import { refuseToLoseCommands } from '../../../../src/operations/history/replaced-history.ts';
import { writeSnapshotFile } from '../../../../src/operations/history/snapshots.ts';
import { writeTarget } from '../../../../src/operations/history/target-file.ts';
import { runcloseHere } from '../../../support/command-line.ts';

describe('A file that cannot be written is refused before anything is read', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
  });
  after(() => rm(folder, { recursive: true }));

  const refused = async (...args: string[]): Promise<string> => {
    const { exitCode, stderr } = await runcloseHere(['replay', ...args]);
    expect(exitCode, stderr).to.equal(64);
    return stderr;
  };

  it('if there is no such folder', async () => {
    const path = join(folder, 'none', 'there');
    for (const args of [
      ['snapshot', path],
      ['export', path],
      ['what-if', '--policy', 'least-recent', '--report', path],
    ])
      expect(await refused(...args)).to.include(`there is no folder ${join(folder, 'none')}`);
  });

  it('if a folder has its name', async () => {
    for (const args of [
      ['snapshot', folder],
      ['export', folder],
      ['what-if', '--policy', 'least-recent', '--report', folder],
    ])
      expect(await refused(...args)).to.include('is a folder: name a file in it');
  });

  it('if a file of somebody else has its name, and leaves that file as it is', async () => {
    const path = join(folder, 'thesis');
    for (const content of [
      'ten years',
      'Obj\u0001 of another program',
      '<!doctype html><title>Thesis</title>',
      '{"a":1}',
    ])
      for (const args of [
        ['snapshot', path],
        ['export', path],
        ['what-if', '--policy', 'least-recent', '--report', path],
      ]) {
        await writeFile(path, content);
        expect(await refused(...args)).to.include(`${path} already exists and is not `);
        expect(await readFile(path, 'utf8')).to.equal(content);
      }
  });

  it('if an export has the name of a snapshot, or the other way round: neither can be made again', async () => {
    const path = join(folder, 'history.avro');
    const recorded = await readFile('test/replay/0.1.0/fair-share.avro');
    await writeFile(path, recorded);
    expect(await refused('snapshot', path)).to.include(`${path} already exists, from \`replay export\``);
    expect(await readFile(path)).to.deep.equal(recorded);
    await writeSnapshot(path);
    expect(await refused('export', path)).to.include(`${path} already exists, from \`replay snapshot\``);
  });

  it('if an export there begins before the new one: the topic may have lost those commands', async () => {
    const path = join(folder, 'longer.avro');
    await copyFile('test/replay/0.1.0/fair-share.avro', path);
    const { facts, close } = await openHistoryFile(path, loadSchemas());
    await close();
    const first = facts.ranges.find(({ from, to }) => from < to);
    if (first === undefined) throw new Error('no range');
    const shorter = {
      ...facts,
      ranges: facts.ranges.map((range) => (range === first ? { ...range, from: range.from + 1 } : range)),
    };
    const thrown: unknown = await refuseToLoseCommands(path, shorter).catch((error: unknown) => error);
    expect(thrown).to.include({ code: 'WRONG_USE' });
    expect(String(thrown)).to.include(
      `${path} holds ${facts.topic}/${first.partition} from offset ${first.from} on, but the new export would start at ${first.from + 1}`,
    );
    await refuseToLoseCommands(path, facts);
    await refuseToLoseCommands(path, { ...shorter, topic: 'other.run.close.requested' });
    await refuseToLoseCommands(join(folder, 'none.avro'), shorter);
  });

  it('if its name is not that of a file: a device would be gone afterwards', async () => {
    for (const args of [
      ['snapshot', '/dev/null'],
      ['export', '/dev/null'],
    ])
      expect(await refused(...args)).to.include('/dev/null already exists and is not a file');
  });
});

const writeSnapshot = (path: string): Promise<void> =>
  writeSnapshotFile(
    { onClose: () => undefined },
    path,
    {
      topic: 'run.close.requested',
      outputTopics: outputTopicsOf(topicNames('')),
      groupId: 'runclose',
      clusterId: 'cluster',
    },
    { positions: new Map([[0, 7]]), ledgers: [] },
  );

describe('A file that is written', () => {
  it('is for its owner alone, also if others could read the one before', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    try {
      const path = join(folder, 'page.html');
      await writeTarget(path, 'new');
      expect((await stat(path)).mode & 0o777).to.equal(0o600);
      await chmod(path, 0o644);
      await writeTarget(path, 'newer');
      expect((await stat(path)).mode & 0o777).to.equal(0o600);
      expect(await readFile(path, 'utf8')).to.equal('newer');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('A file that cannot be written after all', () => {
  it('is named, with the reason and with what to do', async () => {
    const thrown: unknown = await writeTarget(tmpdir(), 'content').catch((error: unknown) => error);
    expect(thrown).to.include({ code: 'FILE_NOT_WRITTEN' });
    expect(String(thrown))
      .to.include(`writing ${tmpdir()}: it is a folder`)
      .and.to.include('Name a file in a folder that can be written and has room');
  });
});
