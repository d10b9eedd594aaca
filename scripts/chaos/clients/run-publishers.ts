import type { CloseResult } from '../../../src/sdk/close-result.ts';
import { startClient, type ClientProcess } from './client-process.ts';
import { inClientRun, type Blow, type ClientRecord, type ClientRunDeps } from './client-run.ts';
import { wrongAnswers } from './judge.ts';
import type { Answered, Ask } from './publisher-program.ts';

/** How many commands one service waits for at the same time. */
const AT_ONCE = 10;
/** A call that rejects at once is repeated later. */
const AGAIN_MS = 200;

type Service = { readonly process: ClientProcess<Ask>; readonly waiting: Set<number> };

/** Services that publish and wait, while they and all servers are restarted. */
export const runPublishers = (deps: ClientRunDeps): Promise<ClientRecord> =>
  inClientRun(deps, async ({ world, commands, random, variables, count, serverBlows, ...run }) => {
    const answers = new Map<number, CloseResult>();
    const services = new Map<number, Service>();
    const crashes: string[] = [];
    const queue: number[] = [];
    let released = 0;
    let started = 0;
    let isOver = false;

    const ask = (): void => {
      for (const service of services.values())
        while (service.waiting.size < AT_ONCE && queue.length > 0) {
          const number = queue.shift() as number;
          const command = commands[number];
          if (command === undefined || answers.has(number)) continue;
          if (!service.process.tell({ number, command })) {
            queue.unshift(number);
            break;
          }
          service.waiting.add(number);
        }
    };
    const queueAgain = (why: string, numbers: Iterable<number>): void => {
      for (const number of numbers) {
        count(`asked again: ${why}`);
        queue.push(number);
      }
      ask();
    };
    const start = (slot: number): void => {
      started += 1;
      const waiting = new Set<number>();
      const onMessage = ({ number, result, failure }: Answered): void => {
        if (!waiting.delete(number)) return;
        if (result?.outcome === 'duplicate' && result.first === undefined)
          queueAgain('the wait for a first outcome ended', [number]);
        else if (result !== undefined && result.outcome !== 'timeout') {
          count(`answered: ${result.outcome}`);
          answers.set(number, result);
          ask();
        } else if (failure === undefined) queueAgain('timeout', [number]);
        else setTimeout(queueAgain, AGAIN_MS, failure, [number]);
      };
      const process = startClient<Ask, Answered>({
        name: `publisher-${started}`,
        program: 'publisher-program.ts',
        ...{ folder: deps.folder, variables, onMessage },
      });
      services.set(slot, { process, waiting });
      void process.ended.then(() => {
        const crash = process.crash();
        if (crash !== undefined) crashes.push(crash);
        if (crash !== undefined && !isOver && services.get(slot)?.process === process) start(slot);
        queueAgain('its service had ended', waiting);
      });
      ask();
    };
    const restart = (slot: number): Blow => {
      const how = random.pick(['stop', 'kill'] as const);
      return {
        title: how === 'stop' ? 'service stopped and replaced' : 'service killed (-9) and replaced',
        strike: async () => {
          const old = services.get(slot);
          services.delete(slot);
          await old?.process.end(how);
          start(slot);
        },
      };
    };

    const slots = Array.from({ length: deps.options.instances }, (_, slot) => slot);
    try {
      for (const slot of slots) start(slot);
      const release = (upTo: number): void => {
        while (released < upTo) queue.push(released++);
        ask();
      };
      const done = (): number => answers.size;
      await run.strikeAll([...slots.map(restart), ...serverBlows], release, done);
      await run.finish(done, commands.length);
    } finally {
      isOver = true;
      await Promise.all([...services.values()].map(({ process }) => process.end('stop')));
    }
    const { outputs } = await run.readOutside();
    return [...crashes, ...wrongAnswers(commands, answers, outputs)];
  });
