import { parseArgs } from 'node:util';

export type ChaosOptions = {
  readonly commands: number;
  readonly instances: number;
  readonly brokers: 1 | 2;
  readonly seed: number;
  readonly output: 'table' | 'json';
  /** What to do with the servers' data and logs afterwards. */
  readonly afterwards: 'remove' | 'keep';
};

export type Arguments = { readonly kind: 'run'; readonly options: ChaosOptions } | { readonly kind: 'help' };

const MAX_SEEDS = 2 ** 31;

/** Throws for wrong use, with the reason. */
export const readOptions = (args: readonly string[], randomSeed: () => number): Arguments => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      commands: { type: 'string', default: '10000' },
      instances: { type: 'string', default: '3' },
      brokers: { type: 'string', default: '1' },
      seed: { type: 'string' },
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return { kind: 'help' };
  return {
    kind: 'run',
    options: {
      commands: wholeNumber('--commands', values.commands, 100, 10_000_000),
      instances: wholeNumber('--instances', values.instances, 1, 16),
      brokers: wholeNumber('--brokers', values.brokers, 1, 2) === 1 ? 1 : 2,
      seed: values.seed === undefined ? randomSeed() : wholeNumber('--seed', values.seed, 0, MAX_SEEDS),
      output: values.json ? 'json' : 'table',
      afterwards: values.keep ? 'keep' : 'remove',
    },
  };
};

export const wholeNumber = (name: string, text: string, from: number, to: number): number => {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= from && number <= to) return number;
  throw new Error(`${name} takes a whole number from ${from} to ${to}, not ${text}`);
};

export const HELP = `\
npm run chaos -- --commands 2000 --instances 3 --seed 7      every kind of fault once, in some minutes
npm run chaos -- --commands 100000 --json > record.json      a soak, with the record for a machine

Starts its own Kafka, Postgres and registry, and several "runclose serve". Publishes commands, with poison,
duplicates and aborted transactions among them. Meanwhile kills, freezes, cuts off, restarts and restores
servers and instances. Lets them heal, and then checks the invariants I1 to I12 with outside readers: Kafka's
own consumer, plain SQL, and the ledgers and outcomes recomputed from the whole input. If all held, deletes
topics and creates them again under the same names, does what the alarm advises, publishes more, and checks the
same invariants again: once with the input, and once with only an output.

  --commands N    how many records to publish, 100 or more (10000); each kind of fault comes once for
                  every 50000
  --instances K   how many "runclose serve" (3)
  --brokers B     how many Kafka brokers, 1 or 2 (1); with 2, one of them is stopped for a while, so that
                  some partitions have no leader
  --seed S        chooses the stream and the faults; the same seed makes the same choice (default: random, printed)
  --json          prints the record as one JSON object
  --keep          keeps data and logs; without it, they are kept only if an invariant is violated
  --help          this

Exit codes: 0 all held; 1 it could not run; 2 an invariant was violated or a planned fault never fired;
64 wrong use; 130 interrupted, with nothing left behind.
`;
