import { expect } from 'chai';
import { runcloseHere } from '../../support/command-line.ts';

const complaint = async (...args: string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await runcloseHere(args);
  expect([exitCode, stdout]).to.deep.equal([64, '']);
  return stderr.split('\n')[0] ?? '';
};

const EMIT = ['replay', 'emit', '--to-topic', 'mirror'] as const;

describe('Wrong use is refused without asking any server:', () => {
  it('a setting out of its range', async () => {
    expect(await complaint('channel', 'set', 'C1', '--window-runs', '51')).to.include(
      'a whole number from 1 to 50',
    );
    expect(await complaint('channel', 'set', 'C1', '--reminder-offset', '121')).to.include('from 0 to 120');
    expect(await complaint('channel', 'set', 'C1', '--retention-days', '29')).to.include('from 30 to 365');
    expect(await complaint('channel', 'set', 'C1', '--reminders', 'yes')).to.include(
      'It must be true or false.',
    );
    expect(await complaint('channel', 'set', 'C1', '--policy', 'random')).to.include(
      'fair-share, fair-share-weighted',
    );
    expect(await complaint('channel', 'set', 'C1', '--repeat', 'never')).to.include('strict, soft');
  });

  it('nothing to change, or two flags that exclude each other', async () => {
    expect(await complaint('channel', 'set', 'C1')).to.equal(
      'runclose: nothing to change: give at least one setting',
    );
    expect(await complaint('channel', 'set', 'C1', '--no-admins', '--admin', 'U1')).to.include(
      'cannot be used with',
    );
    expect(await complaint('explain', '--channel', 'C1')).to.include('give either a run or --command');
    expect(await complaint('explain', 'R1', '--command', 'c1', '--channel', 'C1')).to.include(
      'either a run or --command',
    );
  });

  it('a reason that no dead letter has, with all reasons that one can have', async () => {
    const allowed = await complaint('dlq', 'show', '--reason', 'BROKEN');
    for (const reason of [
      'NULL_VALUE',
      'TOO_SHORT',
      'WRONG_MAGIC_BYTE',
      'UNKNOWN_SCHEMA_ID',
      'UNDECODABLE',
      'UNREADABLE_BATCH',
      'SKIPPED',
    ])
      expect(allowed).to.include(reason);
  });

  it('an id that no record can carry', async () => {
    expect(await complaint('channel', 'get', '')).to.include('1 to 128 characters');
    expect(await complaint('fairness', '--channel', 'a\tb')).to.include('no control characters');
    expect(await complaint('fairness', '--channel', 'C1', '--next', 'U1,,U2')).to.include(
      '1 to 128 characters',
    );
  });

  it('a name that cannot be shown or stored as it is', async () => {
    for (const by of ['', 'ana\u001b[2J', 'ana\nben', 'ana\u0000', 'a'.repeat(129), 'ana\ud83d']) {
      const rule = 'Names have 1 to 128 characters, and no control characters.';
      for (const command of ['channel set C1 --window-runs 5', 'skip run.close.requested/0@1']) {
        const { exitCode, stderr } = await runcloseHere([...command.split(' '), '--by', by]);
        expect(exitCode).to.equal(64);
        expect(stderr).to.include(rule);
      }
    }
  });

  it('a missing channel or argument', async () => {
    expect(await complaint('explain', 'R1')).to.include("'--channel <id>' not specified");
    expect(await complaint('forget')).to.include("'--user <id>' not specified");
    expect(await complaint('request')).to.include("missing required argument 'file'");
  });

  it('a misspelt option, though a mandatory one is missing because of it', async () => {
    for (const [meant, ...args] of [
      ['--channel', 'explain', 'R1', '--chanel', 'C1'],
      ['--channel', 'explain', 'R1', '--Channel=C1'],
      ['--channel', 'fairness', '--chanell', 'C1'],
      ['--user', 'forget', '--usr', 'U1'],
      ['--to-topic', 'replay', 'emit', '--totopic', 'mirror'],
    ] as const) {
      const { exitCode, stderr } = await runcloseHere(args);
      expect(exitCode).to.equal(64);
      expect(stderr).to.include('error: unknown option').and.to.include(`(Did you mean ${meant}?)`);
    }
    expect(await complaint('explain', 'R1', '--nonsense')).to.equal("error: unknown option '--nonsense'");
  });

  it("a topic that is not RunClose's, or a place that does not exist", async () => {
    const env = { KAFKA_BROKERS: 'one:1', SCHEMA_REGISTRY_URL: 'http://one', TOPIC_PREFIX: 'team.' };
    const { exitCode, stderr } = await runcloseHere(['tail', 'run.closd'], { env });
    expect(exitCode).to.equal(64);
    expect(stderr).to.include('RunClose has no topic run.closd').and.to.include('team.run.closed');
    expect(await complaint('tail', '--from', 'yesterday')).to.include('beginning, end, or a time');
    for (const command of [
      ['tail'],
      ['dlq', 'list'],
      ['replay', 'verify'],
      ['replay', 'emit', '--to-topic', 'mirror'],
    ]) {
      expect(await complaint(...command, '--from', '2026-03-02T08:15:00')).to.include('it has no time zone');
      expect(await complaint(...command, '--from', '2026-02-30T08:15:00Z')).to.include(
        'there is no such day',
      );
    }
    expect(await complaint('tail', '--limit', '0')).to.include('a whole number from 1');
  });

  it('an empty range, or a place that does not exist in this topic', async () => {
    for (const args of [[], ['--events-only'], ['--file', 'month.avro']])
      expect(await complaint('replay', 'verify', ...args, '--from', '5', '--to', '2')).to.include(
        'the range is empty',
      );
    for (const command of [
      ['dlq', 'list'],
      ['replay', 'emit', '--to-topic', 'mirror'],
    ])
      expect(await complaint(...command, '--from', 'yesterday'))
        .to.include('earliest, latest, a time')
        .and.not.to.include('committed');
  });

  it('a reason that no dead letter has, or a file that the bytes of one cannot go into', async () => {
    for (const command of ['show', 'redrive'])
      expect(await complaint('dlq', command, '--reason', 'NOPE')).to.include(
        'NULL_VALUE, TOO_SHORT, WRONG_MAGIC_BYTE, UNKNOWN_SCHEMA_ID, UNDECODABLE',
      );
    expect(await complaint('dlq', 'show', '0@0', '--raw', '/nowhere/letter')).to.equal(
      'runclose: /nowhere/letter cannot be written: there is no folder /nowhere',
    );
  });

  it('an option that has no effect without another one, with the name of that one', async () => {
    for (const [needed, ...command] of [
      ['--state', 'replay', 'verify', '--state-every', '5'],
      ['--state', 'replay', 'verify', '--events-only', '--state-every', '5'],
      ['--file', 'replay', 'verify', '--no-database'],
      ['--swap', 'replay', 'rebuild', '--yes'],
      ['--swap', 'replay', 'rebuild', '--despite-events'],
      ['--pseudonymise', 'replay', 'export', 'month.avro', '--pseudonym-key-file', 'key'],
      ['--wait', 'request', 'close.json', '--timeout', '5'],
      ['--print-rights', 'setup', '--principal', 'owner=ada'],
      ['--fix', 'doctor', '--yes'],
    ] as const)
      expect(await complaint(...command)).to.match(new RegExp(`^runclose: --[a-z-]+ needs ${needed}\\b`));
  });

  it('two options of which one would be ignored', async () => {
    for (const [one, other, ...command] of [
      ['--prove', '--to', 'replay', 'verify', '--prove', 'ledgers.avro', '--to', '5'],
      ['--drop', '--file', 'replay', 'rebuild', '--drop', '--file', 'month.avro'],
      ['--drop', '--snapshot', 'replay', 'rebuild', '--drop', '--snapshot', 'ledgers.avro'],
      ['--drop', '--channel', 'replay', 'rebuild', '--drop', '--channel', 'C1'],
      ['--drop', '--restart', 'replay', 'rebuild', '--drop', '--restart'],
      ['--repartition', '--print-rights', 'setup', '--repartition', '--print-rights', 'sql'],
      ['--skip-purged', '--no-database', ...EMIT, '--skip-purged', '--no-database'],
    ] as const)
      expect(await complaint(...command))
        .to.include(`'${one}`)
        .and.to.include(`cannot be used with option '${other}`);
    expect(await complaint('tail', '--until-end', '--from', 'end')).to.include('nothing to follow');
  });

  it('a second value for an option that takes one, because only the last would count', async () => {
    for (const [option, ...command] of [
      ['--user', 'forget', '--user', 'U1', '--user', 'U2'],
      ['--channel', 'fairness', '--channel', 'C1', '--channel', 'C1'],
      ['--next', 'fairness', '--channel', 'C1', '--next', 'U1', '--next', 'U2'],
      ['--policy', 'channel', 'set', 'C1', '--policy', 'fair-share', '--policy', 'least-recent'],
      ['--watch', 'status', '--watch', '--watch', '5'],
      ['--from', 'replay', 'verify', '--from', '0:5', '--from', '1:5'],
    ] as const)
      expect(await complaint(...command))
        .to.include(`error: option '${option} `)
        .and.to.include('is given twice: give it once');
    expect(
      await complaint('setup', '--print-rights', '--principal', 'owner=ada', '--principal', 'owner=eve'),
    ).to.include('The owner has two names');
  });

  it('a partition that a place names twice', async () => {
    for (const flag of ['--from', '--to'])
      for (const command of [['dlq', 'list'], ['replay', 'verify'], ['replay', 'export', 'month.avro'], EMIT])
        expect(await complaint(...command, flag, '0:5,1:7,0:9')).to.include(
          'It names a partition twice: give one offset for each partition.',
        );
  });

  it('a missing file, and a file without commands', async () => {
    expect(await complaint('preview', '/nowhere/close.json')).to.include(
      'the file /nowhere/close.json cannot be read',
    );
    const { exitCode, stderr } = await runcloseHere(['request', '-'], { stdin: '{"runid":"R1"}' });
    expect(exitCode).to.equal(64);
    expect(stderr).to.include('stdin: runid is not a field; did you mean runId?');
    expect(await complaint('preview', '/dev/null')).to.equal(
      'runclose: /dev/null: the text contains no command',
    );
  });
});

describe('Every command', () => {
  it('shows two examples first, and takes --json and --no-color', async () => {
    const names = ['serve', 'setup', 'request', 'preview', 'tail', 'explain', 'fairness', 'status'];
    const all = [
      ...names,
      'channel get',
      'channel set',
      'channel history',
      'config',
      'health',
      'adopt-cluster',
      'adopt-topics',
      'accept-gap',
      'skip',
    ];
    for (const name of all) {
      const { exitCode, stdout } = await runcloseHere([...name.split(' '), '--help']);
      expect(exitCode).to.equal(0);
      expect(stdout.split('\n').filter((line) => line.startsWith('  $ '))).to.have.length(2);
      expect(stdout)
        .to.match(/^Examples:\n/)
        .and.to.include('--json')
        .and.to.include('--no-color');
    }
  });

  it('is listed in the general help', async () => {
    const { stdout } = await runcloseHere(['--help']);
    for (const name of ['serve', 'setup', 'request', 'tail', 'explain', 'fairness', 'status', 'channel']) {
      expect(stdout).to.include(`\n  ${name}`);
    }
  });
});
