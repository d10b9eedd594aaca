import { Writable } from 'node:stream';
import { expect } from 'chai';
import fc from 'fast-check';
import { createOutput } from '../../src/cli/frame/output.ts';
import type { AddCommand } from '../../src/cli/frame/run.ts';
import { whatIfPage } from '../../src/operations/what-if/what-if-page.ts';
import { eventText } from '../../src/cli/text/event-text.ts';
import { table } from '../../src/cli/text/table.ts';
import { createLogger } from '../../src/observability/logging.ts';
import { createWhatIf } from '../../src/replay/what-if/what-if.ts';
import { runHere } from '../support/command-line.ts';
import { holds } from '../support/histories.ts';

/** All but line feed and tab. */
const DANGEROUS =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const OWN_COLORS = /\u001b\[(?:1|2|22|31|32|33|39)m/g;

const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => String.fromCharCode(from + index));

/** Whatever may stand in a record, a file, an argument or an answer; dangerous characters are likely. */
const foreignText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[...range(0, 0x1f), ...range(0x7f, 0x9f), '\u2028', '\u2029', '\u061c', '\u200e', '\u200f'],
        ...[...range(0x202a, 0x202e), ...range(0x2066, 0x2069), '\ud800', '\udc00'],
        ...['\u001b[31m', '\u001b]0;title\u0007', '\u009b2J', '<script>', '"', "'", '&', '\\', '\\u001b'],
      ),
      fc.string(),
      fc.string({ unit: 'binary' }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

type Screen = 'terminal' | 'pipe';

const collecting = (screen: Screen) => {
  const chunks: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk.toString());
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY: screen === 'terminal' }), text: () => chunks.join('') };
};

const aScreen = fc.constantFrom<Screen>('terminal', 'pipe');

const written = (screen: Screen, write: (output: ReturnType<typeof createOutput>) => void): string => {
  const [stdout, stderr] = [collecting(screen), collecting(screen)];
  write(createOutput({ stdout: stdout.stream, stderr: stderr.stream }, {}));
  return stdout.text() + stderr.text();
};

describe('Whatever a foreign text holds, what leaves the command line', () => {
  it('moves no cursor, colors nothing and turns no writing round, in a pipe and on a terminal', () => {
    holds(
      fc.property(foreignText, aScreen, (text, screen) => {
        const left = written(screen, (output) => {
          void output.line(text);
          void output.line(output.colors.red(text));
          void output.line(table([{ title: 'who', cell: String }], [text], output.colors));
          output.note(output.colors.yellow(text));
        });
        expect(screen === 'terminal' ? left.replace(OWN_COLORS, '') : left).to.not.match(DANGEROUS);
        if (screen === 'pipe') expect(left).to.not.include('\u001b');
        expect(left.match(OWN_COLORS) ?? []).to.have.length.at.most(6);
      }),
    );
  });

  it('is a line of JSON that says the same', () => {
    holds(
      fc.property(foreignText, aScreen, (text, screen) => {
        const left = written(screen, (output) => void output.record({ [text]: [text] }));
        expect(left)
          .to.match(/^[^\n]+\n$/)
          .and.to.not.match(DANGEROUS);
        expect(JSON.parse(left)).to.deep.equal({ [text]: [text] });
      }),
    );
  });

  it('is a page whose text stays text', () => {
    const report = createWhatIf({}, 0).report();
    holds(
      fc.property(foreignText, (text) => {
        const page = whatIfPage(
          {
            ...report,
            people: [{ channelId: text, userId: text, attended: 1, was: 1, whatIf: 2 }],
          },
          { changes: [text], source: text, notes: [text] },
        );
        expect(page).to.not.match(DANGEROUS).and.to.not.include('<script');
        expect(page.match(/<[a-z]+/g)).to.deep.equal(plainPage(report).match(/<[a-z]+/g));
      }),
      200,
    );
  });

  it('is a line of the log that says the same', () => {
    holds(
      fc.property(foreignText, (text) => {
        const { stream, text: logged } = collecting('pipe');
        const logger = createLogger({ level: 'info', bindings: {}, destination: stream });
        logger.info({ channelId: text, err: new Error(text) }, text);
        expect(logged())
          .to.match(/^[^\n]+\n$/)
          .and.to.not.match(DANGEROUS);
        expect(JSON.parse(logged())).to.include({ channelId: asJson(text) });
      }),
      200,
    );
  });

  it('is an error or a refusal without escapes', async () => {
    const failing =
      (text: string): AddCommand =>
      (cli) => {
        cli.command('brew', text, ['a', 'b']).action(cli.perform(() => Promise.reject(new Error(text))));
      };
    await fc.assert(
      fc.asyncProperty(foreignText, async (text) => {
        for (const args of [['brew'], ['brew', '--help'], ['brew', `--${text}`], [text]]) {
          const { stdout, stderr } = await runHere(args, [failing(text)]);
          expect(stdout + stderr).to.not.match(DANGEROUS);
        }
      }),
      { seed: 20_260_105, numRuns: 100 },
    );
  });

  it('is one line for an event', () => {
    holds(
      fc.property(foreignText, (text) => {
        const line = eventText('run.close.rejected', {
          ...{ eventId: text, commandId: text, correlationId: null, runId: text, channelId: text },
          ...{ actorUserId: text, reason: text, message: text, policyVersion: null, rejectedAt: 0 },
        });
        expect(line).to.not.match(DANGEROUS).and.to.not.include('\n');
      }),
    );
  });
});

const plainPage = (report: Parameters<typeof whatIfPage>[0]): string =>
  whatIfPage(
    { ...report, people: [{ channelId: 'C', userId: 'U', attended: 1, was: 1, whatIf: 2 }] },
    { changes: ['x'], source: 'x', notes: ['x'] },
  );

/** JSON keeps half a surrogate pair as an escape, and so does reading it. */
const asJson = (text: string): string => JSON.parse(JSON.stringify(text)) as string;
