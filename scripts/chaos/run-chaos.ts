import { join } from 'node:path';
import { frame } from '../../src/wire/frame.ts';
import type { Progress } from '../stack/progress.ts';
import { injectFaults, countFault, notYet, type FaultCount } from './inject-faults.ts';
import type { Healing } from './evidence/evidence.ts';
import { schemas } from './evidence/frames.ts';
import { openEvidenceReader, type EvidenceFacts } from './evidence/gather.ts';
import { planFaults, type PlannedFault } from './faults/plan.ts';
import { startFeed } from './feed.ts';
import type { ChaosOptions } from './options.ts';
import { createRandom } from './random.ts';
import { allHeld, examine, judge, type ChaosRecord, type Examined } from './record.ts';
import { RECREATIONS } from './recreation/recreations.ts';
import { createUpstreamPublisher } from './stream/publisher.ts';
import { createStream } from './stream/stream.ts';
import { openWorld, type World } from './world/world.ts';

export type RunDeps = {
  readonly options: ChaosOptions;
  readonly folder: string;
  /** Starts an instance of the processor: program and arguments. */
  readonly command: readonly [string, ...string[]];
  /** By default every kind of fault. */
  readonly plan?: readonly PlannedFault[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
};

const PARTITIONS = 6;
/**
 * The promised time, in addition to the slowest acceptable processing of waiting records; and how much longer the run waits to tell slow
 * from never.
 */
const HEAL_WITHIN_SECONDS = 60;
const MIN_RECORDS_PER_SECOND = 200;
const MORE_SECONDS = 120;

/** Runs everything once. Leaves nothing running, whatever happens. Keeps data and logs only if they are requested or needed. */
export const runChaos = async (deps: RunDeps): Promise<ChaosRecord> => {
  const { options, folder, command, progress, signal } = deps;
  const { seed, commands, instances, brokers } = options;
  const { plan = planFaults({ seed, commands, brokers }) } = deps;
  progress.say(`Seed ${seed}: ${commands} commands, ${instances} instances. Starting servers…`);
  const world = await openWorld({
    ...{ folder, instances, brokers, partitions: PARTITIONS },
    ...{ command, progress, signal },
  });
  let data: 'keep' | 'wipe' = 'wipe';
  const startedAt = Date.now();
  let evidenceReader = openEvidenceReader(world, join(folder, 'logs'), signal);
  const publisher = createUpstreamPublisher({ client: world.client, topic: world.names.requested, signal });
  try {
    const encode = schemas['run.close.requested'].type;
    const stream = createStream({
      seed,
      commands,
      partitions: PARTITIONS,
      encode: (record) => frame(world.commandSchemaId, encode.toBuffer(record)),
    });
    world.onGrown = stream.growTo;
    const slots = Array.from({ length: instances }, (_, slot) => slot);
    for (const slot of slots) world.fleet.start(slot);
    await world.fleet.serving(world.frozen);

    const feed = startFeed(stream, publisher, signal);
    const statusLine = (text: string): string =>
      `  ${elapsedText(startedAt)}  ${String(feed.published()).padStart(7)} of ${commands} published  ${text}`;
    const shares = plan.reduce((sum, { fault }) => sum + 1 + (fault.callsForMore ?? 0), 1);
    const share = Math.ceil(commands / shares);
    world.publishMore = () => {
      feed.release(share);
    };
    feed.release(share);
    const onFault = (title: string, number: number): void => {
      feed.release(share);
      progress.say(statusLine(`fault ${number + 1} of ${plan.length}: ${title}`));
    };
    const faults = await withMeasuring(world, async () => {
      const counts = await injectFaults({ world, seed, plan, onFault, signal });
      progress.say(statusLine('all faults are over; publishing the rest'));
      await feed.finish();
      return counts;
    });
    /** Waits until everything is processed, and checks the result. */
    const processAndCheck = async (again?: EvidenceFacts['again']): Promise<Examined> => {
      evidenceReader.readInput();
      const healing = await heal(world, (lag) => {
        progress.update(statusLine(`healing: ${lag} records to go`));
      });
      progress.say(statusLine(`${inWords(healing)}; reading everything…`));
      // A process that gets the signal before it has installed its handler dies at once.
      await world.fleet.serving(world.frozen).catch(() => undefined);
      await world.fleet.retireAll();
      const { abortedCommandIds } = feed;
      const evidence = await evidenceReader.gather({ healing, abortedCommandIds, ...(again && { again }) });
      progress.say(statusLine('checking…'));
      return examine(evidence);
    };
    const lives: [Examined, ...Examined[]] = [await processAndCheck()];
    for (const recreation of RECREATIONS) {
      const { kind, title } = recreation;
      const life = lives.at(-1);
      const count = { ...notYet(recreation), planned: 1 };
      faults.push(count);
      // Violations can be examined only while the topics exist.
      if (life === undefined || !lives.every(allHeld) || faults.some(({ broken }) => broken.length > 0))
        continue;
      progress.say(statusLine(`topics created again: ${title}`));
      await evidenceReader.close();
      const random = createRandom(seed, kind);
      const injected = recreation.inject({ world, stream, publisher, random });
      const since = await countFault(count, injected, signal);
      if (since === undefined) break;
      evidenceReader = openEvidenceReader(world, join(folder, 'logs', kind), signal);
      lives.push(await processAndCheck({ since, ledgers: life.evidence.fold.ledgers }));
    }
    const seconds = (Date.now() - startedAt) / 1000;
    const record = judge({
      ...{ options, lives, seconds, notes: world.notes },
      ...{ faults, published: stream.counts },
    });
    if (options.afterwards === 'keep' || record.verdict !== 'held') data = 'keep';
    return record;
  } finally {
    await publisher.close();
    await evidenceReader.close();
    await world.leave(data);
    if (data === 'keep') progress.say(`Data and logs are kept in ${folder}`);
  }
};

const SECONDS_BETWEEN_MEASURES = 2;

/** Measures the instances' memory during the work. */
const withMeasuring = async (world: World, work: () => Promise<FaultCount[]>): Promise<FaultCount[]> => {
  const timer = setInterval(() => void world.fleet.measure(), SECONDS_BETWEEN_MEASURES * 1000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
};

const heal = async (world: World, onLag: (lag: number) => void): Promise<Healing> => {
  const startedAt = Date.now();
  const seconds = (): number => (Date.now() - startedAt) / 1000;
  let withinSeconds = HEAL_WITHIN_SECONDS;
  let backlog: number | undefined;
  for (;;) {
    const lag = await world.group.lag().catch(() => Infinity);
    if (backlog === undefined && Number.isFinite(lag)) {
      backlog = lag;
      withinSeconds += Math.ceil(backlog / MIN_RECORDS_PER_SECOND);
    }
    if (lag === 0 || seconds() > withinSeconds + MORE_SECONDS)
      return { seconds: seconds(), withinSeconds, lag };
    onLag(lag);
    await world.pause(0.5);
  }
};

const inWords = ({ lag, seconds }: Healing): string =>
  lag === 0 ? `healed after ${seconds.toFixed(1)} s` : `not healed after ${seconds.toFixed(0)} s`;

const elapsedText = (since: number): string => {
  const seconds = Math.round((Date.now() - since) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};
