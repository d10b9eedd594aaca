import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { Failure, wrongUse } from '../../../../src/processor/failure.ts';
import { ConfigError } from '../../../../src/config/config-error.ts';
import type { CommandContext } from '../../../../src/cli/frame/cli.ts';
import { ServerUnreachable } from '../../../../src/operations/servers/reach.ts';
import type { AddCommand } from '../../../../src/cli/frame/run.ts';
import { runHere } from '../../../support/command-line.ts';

const EXAMPLES = ['runclose brew', 'runclose brew --json'] as const;

const brewing =
  (act: (context: CommandContext, options: { cups?: string }) => Promise<number | undefined>): AddCommand =>
  (cli) => {
    cli.command('brew', 'brew coffee', EXAMPLES).option('--cups <n>', 'how many').action(cli.perform(act));
  };

const failing = (error: Error): AddCommand => brewing(() => Promise.reject(error));

describe('A command', () => {
  it('gets its options, prints data to stdout and the rest to stderr, and exits with 0', async () => {
    const brew = brewing(async ({ output }, { cups }) => {
      output.note('boiling');
      await output.line(`${cups ?? 'no'} cups`);
      return undefined;
    });
    expect(await runHere(['brew', '--cups', '3'], [brew])).to.deep.equal({
      exitCode: 0,
      stdout: '3 cups\n',
      stderr: 'boiling\n',
    });
  });

  it('prints an object a line with --json', async () => {
    const brew = brewing(async ({ output }) => {
      if (output.json) await output.record({ cups: 3 });
      return 2;
    });
    expect(await runHere(['brew', '--json'], [brew])).to.deep.equal({
      exitCode: 2,
      stdout: '{"cups":3}\n',
      stderr: '',
    });
  });

  it('shows two examples before the rest of its help', async () => {
    const { exitCode, stdout } = await runHere(['brew', '--help'], [failing(new Error())]);
    expect(exitCode).to.equal(0);
    expect(stdout).to.match(
      /^Examples:\n {2}\$ runclose brew\n {2}\$ runclose brew --json\n\nUsage: runclose brew/,
    );
    expect(stdout).to.include('--json').and.to.include('--no-color');
  });

  it('has its help shown by the help command too, however deep it stands', async () => {
    const kitchen: AddCommand = (cli) =>
      brewing(() => Promise.resolve(0))(cli.group('kitchen', 'cook', EXAMPLES));
    const byOption = await runHere(['kitchen', 'brew', '--help'], [kitchen]);
    expect(byOption.stdout).to.include('Usage: runclose kitchen brew');
    expect(await runHere(['help', 'kitchen', 'brew'], [kitchen])).to.deep.equal(byOption);
  });

  it('closes what it opened, the last first, also when it fails', async () => {
    const closed: string[] = [];
    const brew = brewing(({ onClose }) => {
      onClose(() => void closed.push('kettle'));
      onClose(async () => {
        await setImmediate();
        closed.push('pump');
      });
      return Promise.reject(new Error('no water'));
    });
    expect((await runHere(['brew'], [brew])).exitCode).to.equal(1);
    expect(closed).to.deep.equal(['pump', 'kettle']);
  });

  it('keeps its exit code, and closes the other servers, if one dies during closing', async () => {
    let closed = false;
    const brew = brewing(({ onClose }) => {
      onClose(() => void (closed = true));
      onClose(() => Promise.reject(new Error('Backend has been terminated.')));
      return Promise.resolve(3);
    });
    const { exitCode, stderr } = await runHere(['brew'], [brew]);
    expect([exitCode, stderr, closed]).to.deep.equal([3, '', true]);
  });

  it('ends with 130 when interrupted, leaving nothing open', async () => {
    const interruption = new AbortController();
    let closed = false;
    const brew = brewing(({ onClose }) => {
      onClose(() => void (closed = true));
      setTimeout(() => interruption.abort(130));
      return new Promise(() => {});
    });
    const { exitCode, stderr } = await runHere(['brew'], [brew], { interrupted: interruption.signal });
    expect([exitCode, stderr, closed]).to.deep.equal([130, '', true]);
  });

  it('ends with 0 when the reader of its data has seen enough', async () => {
    const interruption = new AbortController();
    const brew = brewing(() => {
      interruption.abort(0);
      return Promise.reject(new Error('write EPIPE'));
    });
    const { exitCode, stderr } = await runHere(['brew'], [brew], { interrupted: interruption.signal });
    expect([exitCode, stderr]).to.deep.equal([0, '']);
  });
});

describe('A command that fails', () => {
  it('exits with 69 when a server is not reachable, and says how to start it', async () => {
    const away = new ServerUnreachable('Kafka at one:9092 is not reachable', ['KAFKA_BROKERS'], undefined);
    const { exitCode, stderr } = await runHere(['brew'], [failing(away)]);
    expect(exitCode).to.equal(69);
    expect(stderr).to.equal(
      'runclose: Kafka at one:9092 is not reachable\nIn this checkout, `npm run stack -- up` starts every server.\n',
    );
  });

  it('names the variable, and no stack, if the address of the server is another one', async () => {
    const away = new ServerUnreachable('Kafka at one:9092 is not reachable', ['KAFKA_BROKERS'], undefined);
    const { stderr } = await runHere(['brew'], [failing(away)], { env: { KAFKA_BROKERS: 'one:9092' } });
    expect(stderr).to.equal(
      'runclose: Kafka at one:9092 is not reachable\nStart that server, or check KAFKA_BROKERS.\n',
    );
  });

  it('exits with 78 when the configuration is wrong', async () => {
    const wrong = new ConfigError([
      { variable: 'HTTP_PORT', message: 'must be a whole number from 0 to 65535' },
    ]);
    const { exitCode, stderr } = await runHere(['brew'], [failing(wrong)]);
    expect(exitCode).to.equal(78);
    expect(stderr).to.include('HTTP_PORT must be a whole number').and.to.not.include('npm run stack');
  });

  it('names the stack of a checkout when the address of a server is not set', async () => {
    const unset = new ConfigError([{ variable: 'KAFKA_BROKERS', message: 'is not set' }]);
    const { exitCode, stderr } = await runHere(['brew'], [failing(unset)]);
    expect(exitCode).to.equal(78);
    expect(stderr).to.include('`npm run stack -- up` starts every server and writes .stack/env');
  });

  it('asks whether the names are right when a broker refuses them, because a prefix may be missing', async () => {
    for (const code of ['KAFKA_TOPIC_AUTHORIZATION_FAILED', 'KAFKA_AUTHORIZATION_FAILED']) {
      const { exitCode, stderr } = await runHere(
        ['brew'],
        [failing(new Failure('fatal', code, 'needs READ'))],
      );
      expect(exitCode).to.equal(78);
      expect(stderr).to.include('set TOPIC_PREFIX and KAFKA_GROUP_ID').and.to.include('--print-rights');
    }
  });

  it('exits with 64 when it is used wrongly', async () => {
    const { exitCode, stderr } = await runHere(['brew'], [failing(wrongUse('no cups given'))]);
    expect([exitCode, stderr]).to.deep.equal([64, 'runclose: no cups given\n(see --help)\n']);
  });

  it('exits with 1 otherwise, and shows each cause once', async () => {
    const cause = new Error('boiling water: no power', { cause: new Error('no power') });
    const failure = new Failure('fatal', 'NO_COFFEE', 'brewing coffee', { cause });
    const { exitCode, stderr } = await runHere(['brew'], [failing(failure)]);
    expect([exitCode, stderr]).to.deep.equal([
      1,
      'runclose: brewing coffee\n  because: boiling water: no power\n',
    ]);
  });

  it('calls a bug a bug, and shows where it came from when asked', async () => {
    const bug = failing(new TypeError('cups is not a function'));
    const quiet = await runHere(['brew'], [bug]);
    expect([quiet.exitCode, quiet.stderr]).to.deep.equal([
      1,
      'runclose: cups is not a function\nThis is a bug. LOG_LEVEL=debug shows where it came from.\n',
    ]);
    expect((await runHere(['brew'], [bug], { env: { LOG_LEVEL: 'debug' } })).stderr).to.include(
      'run.test.ts',
    );
  });
});

describe('The command line', () => {
  const brew = brewing(() => Promise.resolve(0));

  it('exits with 64 for what it does not know, and guesses what was meant', async () => {
    const command = await runHere(['brwe'], [brew]);
    expect(command.exitCode).to.equal(64);
    expect(command.stderr).to.include("unknown command 'brwe'").and.to.include('Did you mean brew?');

    const option = await runHere(['brew', '--cup', '3'], [brew]);
    expect(option.exitCode).to.equal(64);
    expect(option.stderr).to.include('Did you mean --cups?');
  });

  it('exits with 64 and shows its commands when none is given', async () => {
    const { exitCode, stdout, stderr } = await runHere([], [brew]);
    expect([exitCode, stdout]).to.deep.equal([64, '']);
    expect(stderr).to.include('brew coffee');
  });

  it('tells its version', async () => {
    expect((await runHere(['--version'], [brew])).stdout).to.match(/^\d+\.\d+\.\d+\n$/);
  });

  it('groups commands', async () => {
    const grouped: AddCommand = (cli) => {
      const group = cli.group('kitchen', 'what happens in the kitchen', EXAMPLES);
      brewing(async ({ output }) => output.line('brewed').then(() => undefined))(group);
    };
    expect((await runHere(['kitchen', 'brew'], [grouped])).stdout).to.equal('brewed\n');
    expect((await runHere(['kitchen', '--help'], [grouped])).stdout).to.include('brew coffee');
  });
});
