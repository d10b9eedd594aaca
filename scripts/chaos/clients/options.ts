import { parseArgs } from 'node:util';
import { wholeNumber } from '../options.ts';

export type ClientsOptions = {
  readonly who: 'publishers' | 'subscribers';
  readonly commands: number;
  readonly instances: number;
  readonly brokers: 1 | 3;
  readonly seed: number;
};

export type Arguments =
  { readonly kind: 'run'; readonly options: ClientsOptions } | { readonly kind: 'help' };

/** Throws for wrong use, with the reason. */
export const readOptions = (args: readonly string[], randomSeed: () => number): Arguments => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      commands: { type: 'string', default: '1000' },
      instances: { type: 'string', default: '5' },
      brokers: { type: 'string', default: '1' },
      seed: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return { kind: 'help' };
  const [who, ...others] = positionals;
  if ((who !== 'publishers' && who !== 'subscribers') || others.length > 0)
    throw new Error('say publishers or subscribers');
  if (values.brokers !== '1' && values.brokers !== '3')
    throw new Error(`--brokers takes 1 or 3, not ${values.brokers}`);
  return {
    kind: 'run',
    options: {
      who,
      commands: wholeNumber('--commands', values.commands, 20, 1_000_000),
      instances: wholeNumber('--instances', values.instances, 2, 100),
      brokers: values.brokers === '1' ? 1 : 3,
      seed: values.seed === undefined ? randomSeed() : wholeNumber('--seed', values.seed, 0, 2 ** 31),
    },
  };
};

export const HELP = `\
npm run chaos-clients -- publishers                          some minutes
npm run chaos-clients -- subscribers --instances 3
npm run chaos-clients -- publishers --commands 20000 --instances 50 --brokers 3

Starts its own Kafka, Postgres and registry, two "runclose serve", and services that use the package.

publishers: each service calls closeAndWait. Every service, every serve and every broker is restarted meanwhile,
  by SIGTERM or kill -9. A command without an answer is asked again with the same commandId. In the end each
  command must have one event, and the answer must be that event.
subscribers: the services are members of one group. They are killed, stopped and paused, one starts late, and
  the brokers are restarted. In the end each event must be handled, in the order of its channel.

Kafka's own consumer counts the events.

  --commands N    how many commands (1000)
  --instances N   how many services (5)
  --brokers B     how many Kafka brokers, 1 or 3 (1)
  --seed S        chooses the commands and the faults (default: random, printed)
  --help          this

Exit codes: 0 everything was right; 1 something was wrong or missing, or the run failed; 64 wrong use;
130 interrupted, with nothing left behind.
`;
