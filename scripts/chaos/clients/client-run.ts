/** What both runs share: the servers, the commands, the blows, and the count of Kafka's own consumer. */
import { join } from 'node:path';
import type { RunCloseRequested } from '../../../src/domain/records.ts';
import { count as inWords } from '../../../src/domain/words/count.ts';
import type { Progress } from '../../stack/progress.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { openEvidenceReader } from '../evidence/gather.ts';
import { createRandom, type Random } from '../random.ts';
import { createOffice } from '../stream/office.ts';
import { waitUntil } from '../world/wait-until.ts';
import { openWorld, type World } from '../world/world.ts';
import type { ClientsOptions } from './options.ts';

export type ClientRunDeps = {
  readonly options: Omit<ClientsOptions, 'who'>;
  readonly folder: string;
  /** Starts a processor: program and arguments. */
  readonly command: readonly [string, ...string[]];
  readonly progress: Progress;
  readonly signal: AbortSignal;
};

export type ClientRecord = {
  /** What the run did and saw, and how often. */
  readonly counts: ReadonlyMap<string, number>;
  /** Each thing that is wrong or missing. */
  readonly wrong: readonly string[];
  readonly seconds: number;
};

/** One fault. */
export type Blow = { readonly title: string; readonly strike: () => Promise<void> };

export type ClientRun = {
  readonly world: World;
  readonly commands: readonly RunCloseRequested[];
  readonly random: Random;
  /** The environment of the services. */
  readonly variables: Readonly<Record<string, string>>;
  count: (what: string) => void;
  /** Each broker and each processor, restarted once. */
  readonly serverBlows: readonly Blow[];
  /** Strikes in random order. Before each blow, `release` gets how many commands may be published by then. */
  strikeAll: (blows: readonly Blow[], release: (upTo: number) => void, done: () => number) => Promise<void>;
  /** Waits until `done` has reached `all`, or until nothing has happened for a long time. */
  finish: (done: () => number, all: number) => Promise<void>;
  /** Stops the processors, and reads everything with Kafka's own consumer. */
  readOutside: () => Promise<Evidence>;
};

const PROCESSORS = 2;
const PARTITIONS = 6;
const CHANNELS = 20;
const SILENCE_SECONDS = 150;

/** Leaves nothing running. Keeps logs only if something is wrong. */
export const inClientRun = async (
  deps: ClientRunDeps,
  work: (run: ClientRun) => Promise<readonly string[]>,
): Promise<ClientRecord> => {
  const { options, folder, command, progress, signal } = deps;
  const { seed, commands: wanted, instances, brokers } = options;
  progress.say(
    `Seed ${seed}: ${inWords(wanted, 'command')}, ${inWords(instances, 'service')}, ${inWords(brokers, 'broker')}. Starting servers…`,
  );
  const world = await openWorld({
    ...{ folder, instances: PROCESSORS, brokers, partitions: PARTITIONS },
    ...{ command, progress, signal },
  });
  const evidence = openEvidenceReader(world, join(folder, 'logs'), signal);
  const random = createRandom(seed, 'clients');
  const counts = new Map<string, number>();
  const count = (what: string): void => {
    counts.set(what, (counts.get(what) ?? 0) + 1);
  };
  const begun = Date.now();
  let data: 'keep' | 'wipe' = 'keep';

  const progressBar = (done: number): string => {
    const width = 30;
    const full = Math.round((width * done) / wanted);
    const seconds = Math.round((Date.now() - begun) / 1000);
    return `  ${'#'.repeat(full)}${'.'.repeat(width - full)} ${done} of ${wanted}, ${seconds} s`;
  };
  const strikeAll: ClientRun['strikeAll'] = async (blows, release, done) => {
    for (const [index, { title, strike }] of random.shuffled(blows).entries()) {
      const upTo = Math.ceil((wanted * (index + 1)) / (blows.length + 1));
      release(upTo);
      await world.pause(random.next());
      progress.say(`${progressBar(done())}  ${title}`);
      await strike();
      count(title);
      // Later blows shall meet work as well.
      await untilMoving(() => done() * 2 >= upTo, done);
    }
    release(wanted);
  };
  /** Returns when the condition holds, or if nothing has happened for a long time. */
  const untilMoving = async (isSo: () => boolean, done: () => number): Promise<void> => {
    for (let last = done(), since = Date.now(); !isSo() && Date.now() - since < SILENCE_SECONDS * 1000;) {
      if (done() > last) [last, since] = [done(), Date.now()];
      progress.update(progressBar(done()));
      await world.pause(0.2);
    }
  };

  try {
    for (let slot = 0; slot < PROCESSORS; slot++) world.fleet.start(slot);
    await world.fleet.serving(world.frozen);
    const wrong = await work({
      ...{ world, random, count, strikeAll },
      commands: commandsOf(random, wanted),
      variables: {
        KAFKA_BROKERS: world.kafka.variables['KAFKA_BROKERS'] ?? '',
        SCHEMA_REGISTRY_URL: world.registryUrl,
        KAFKA_GROUP_ID: 'runclose',
        SUBSCRIBER_GROUP: 'notifier',
      },
      serverBlows: serverBlows(world, random),
      finish: (done, all) => untilMoving(() => done() >= all, done),
      readOutside: async () => {
        evidence.readInput();
        progress.say(`${progressBar(wanted)}  counting with Kafka's own consumer…`);
        await waitUntil(
          world,
          'the processors have not finished',
          async () => (await world.group.lag()) === 0,
          120,
        );
        await world.fleet.serving(world.frozen).catch(() => undefined);
        await world.fleet.retireAll();
        return evidence.gather({ healing: HEALED, abortedCommandIds: new Set() });
      },
    });
    if (wrong.length === 0) data = 'wipe';
    return { counts, wrong, seconds: Math.round((Date.now() - begun) / 1000) };
  } finally {
    await evidence.close();
    await world.leave(signal.aborted ? 'wipe' : data);
    if (data === 'keep' && !signal.aborted) progress.say(`Data and logs are kept in ${folder}`);
  }
};

const HEALED = { seconds: 0, withinSeconds: 0, lag: 0 };

const commandsOf = (random: Random, wanted: number): readonly RunCloseRequested[] => {
  const offices = Array.from({ length: CHANNELS }, (_, n) =>
    createOffice(`C${n}`, random, Date.UTC(2026, 0, 5)),
  );
  return Array.from({ length: wanted }, (_, number) => {
    const [first, ...others] = offices as [(typeof offices)[0], ...typeof offices];
    return random.pick([first, ...others]).nextCommand(number);
  });
};

const serverBlows = ({ kafka, fleet, pause }: World, random: Random): readonly Blow[] => [
  ...kafka.brokers.map((broker): Blow => ({
    title: 'broker killed (-9) and started again',
    strike: async () => {
      await broker.kill('SIGKILL');
      await pause(4 * random.next());
      await broker.start();
    },
  })),
  ...fleet.slots.map((slot): Blow => {
    const how = random.pick(['stop', 'kill'] as const);
    return {
      title: how === 'stop' ? 'serve stopped and replaced' : 'serve killed (-9) and replaced',
      strike: () => fleet.replace(slot, how),
    };
  }),
];
