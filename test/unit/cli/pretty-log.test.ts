import { expect } from 'chai';
import { NO_COLORS } from '../../../src/cli/frame/colors.ts';
import { createPrettyLog } from '../../../src/cli/serve/pretty-log.ts';

const pretty = createPrettyLog(NO_COLORS);
const line = (entry: object): string =>
  `${JSON.stringify({ level: 'info', time: '2026-10-02T12:03:04.567Z', pid: 7, service: 'runclose', group: 'g', ...entry })}\n`;

describe('The log on a terminal', () => {
  it('shows the time, the level, the message and the facts', () => {
    expect(pretty(line({ partition: 3, offsets: [1, 2], msg: 'took the partition over' }))).to.match(
      /^\d\d:03:04 info {2}took the partition over {2}partition=3 {2}offsets=\[1,2\]\n$/,
    );
  });

  it('shows a decision alone', () => {
    const msg = 'closed friday: priya fetches for 5 people (by lot)';
    expect(pretty(line({ decision: 'closed', offset: 7, msg }))).to.equal(`${msg}\n`);
  });

  it('shows each cause of an error on a line of its own, without stacks', () => {
    const cause = { type: 'Error', code: 'ECONNREFUSED', message: 'connect' };
    const err = { code: 'POSTGRES_UNAVAILABLE', message: 'storing decisions', stack: 'at x', cause };
    const [, ...causes] = pretty(line({ level: 'warn', err, msg: 'm' }))
      .trimEnd()
      .split('\n');
    expect(causes).to.deep.equal([
      '         POSTGRES_UNAVAILABLE: storing decisions',
      '         ECONNREFUSED: connect',
    ]);
  });

  it('lets no text control the terminal, or pass for a line of its own', () => {
    const shown = pretty(line({ msg: 'a\u001b[2J\n12:03:04 fatal forged' }));
    expect(shown).to.include('a\\u001b[2J\n         12:03:04');
    expect(shown).not.to.include('\u001b');
  });

  it('leaves alone what is no line of the log', () => {
    expect(pretty('a warning of a library\n')).to.equal('a warning of a library\n');
  });
});
