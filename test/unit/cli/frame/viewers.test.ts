import { setImmediate } from 'node:timers/promises';
import { Writable } from 'node:stream';
import { expect } from 'chai';
import type { CommandContext } from '../../../../src/cli/frame/cli.ts';
import { createFileStream } from '../../../../src/cli/frame/whole-writes.ts';
import { run, type AddCommand } from '../../../../src/cli/frame/run.ts';
import { declaredCommands } from '../../../support/declared-commands.ts';

/** The commands that end when their reader leaves. All others change or check something, and run to their end. */
const VIEWERS = [
  'preview',
  'tail',
  'explain',
  'fairness',
  'status',
  'channel get',
  'channel history',
  'dlq list',
  'dlq show',
  'replay what-if',
];
const OTHERS = [
  'serve',
  'setup',
  'request',
  'config',
  'health',
  'doctor',
  'channel set',
  'adopt-cluster',
  'adopt-topics',
  'skip',
  'accept-gap',
  'replay verify',
  'replay rebuild',
  'replay export',
  'replay snapshot',
  'replay emit',
  'dlq redrive',
  'purge',
  'forget',
];

/** A stdout that fails with this code at the first write. */
const failing = (code: string): Writable =>
  new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(`write ${code}`), { code })),
  });

type Told = { readonly exitCode: number; readonly lines: number; readonly stderr: string };

/** Runs a command of a hundred lines that ends with this code. */
const runWith = async (stdout: Writable, kind: 'view' | 'perform', own: number): Promise<Told> => {
  let lines = 0;
  const chunks: string[] = [];
  const stderr = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk.toString());
      done();
    },
  });
  const act = async ({ output, interrupted }: CommandContext): Promise<number> => {
    while (lines < 100 && !interrupted.aborted) {
      lines += 1;
      await output.line(`line ${String(lines)}`);
      await setImmediate();
    }
    return own;
  };
  const command: AddCommand = (cli) => {
    cli.command('count', 'Count', ['a', 'b']).action(kind === 'view' ? cli.view(act) : cli.perform(act));
  };
  const world = { env: {}, stdin: process.stdin, stdout, stderr, interrupted: new AbortController().signal };
  const exitCode = await run(['count'], world, [command]);
  return { exitCode, lines, stderr: chunks.join('') };
};

describe('Of all commands', () => {
  it('each declares whether it only shows something', async () => {
    expect(Object.fromEntries(await declaredCommands())).to.deep.equal(
      Object.fromEntries([
        ...VIEWERS.map((name) => [name, 'viewer']),
        ...OTHERS.map((name) => [name, 'other']),
      ]),
    );
  });

  it('a viewer ends with 0 when its reader leaves', async () => {
    expect(await runWith(failing('EPIPE'), 'view', 2)).to.deep.equal({ exitCode: 0, lines: 1, stderr: '' });
  });

  it('every other runs to its end when the reader leaves, and keeps its exit code', async () => {
    for (const own of [0, 1, 2])
      expect(await runWith(failing('EPIPE'), 'perform', own)).to.deep.equal({
        exitCode: own,
        lines: 100,
        stderr: 'Nothing more can be written to stdout: the command continues without output.\n',
      });
  });

  it('each fails, and says why, if the disk behind stdout is full', async () => {
    const viewer = await runWith(failing('ENOSPC'), 'view', 0);
    expect([viewer.exitCode, viewer.lines]).to.deep.equal([1, 1]);
    for (const own of [0, 1, 2]) {
      const { exitCode, lines, stderr } = await runWith(failing('ENOSPC'), 'perform', own);
      expect([exitCode, lines]).to.deep.equal([1, 100]);
      expect(stderr).to.include(
        'runclose: stdout cannot be written, so the output is incomplete: write ENOSPC',
      );
    }
  });
});

describe('A file behind stdout', () => {
  it('gets everything, however short the single writes are', async () => {
    const written: string[] = [];
    const stream = createFileStream(1, (_fd, bytes, at) => {
      written.push(Buffer.from(bytes.subarray(at, at + 3)).toString());
      return Math.min(3, bytes.length - at);
    });
    expect((await runWith(stream, 'view', 0)).exitCode).to.equal(0);
    expect(written.join('').split('\n')).to.have.length(101);
  });

  it('that takes half a line only makes the command fail', async () => {
    let room = 10;
    const stream = createFileStream(1, (_fd, bytes, at) => {
      if (room === 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      const taken = Math.min(room, bytes.length - at);
      room -= taken;
      return taken;
    });
    const { exitCode, lines, stderr } = await runWith(stream, 'view', 0);
    expect([exitCode, lines]).to.deep.equal([1, 2]);
    expect(stderr).to.include('no space left on device');
  });
});
