import { createRunClosePublisher } from '../../../src/sdk/run-close-publisher.ts';
import { startClient, type ClientProcess } from './client-process.ts';
import { inClientRun, type Blow, type ClientRecord, type ClientRunDeps } from './client-run.ts';
import { placeOfEvent, wrongHandling } from './judge.ts';
import type { Handled, Noted, Told } from './subscriber-program.ts';

/** Longer than the session of a member lasts. */
const FROZEN_SECONDS = 35;
const AGAIN_SECONDS = 0.5;

/** Subscribers of one group, which are killed, stopped and paused; the last one starts late. */
export const runSubscribers = (deps: ClientRunDeps): Promise<ClientRecord> =>
  inClientRun(deps, async ({ world, commands, random, variables, count, serverBlows, ...run }) => {
    const handled: Handled[] = [];
    const places = new Set<string>();
    const members = new Map<number, ClientProcess<Noted>>();
    const wrong: string[] = [];
    let started = 0;
    let isOver = false;

    const start = (slot: number): void => {
      started += 1;
      const onMessage = (told: Told): void => {
        switch (told.kind) {
          case 'ready':
            count('joined the group');
            return;
          case 'undecodable':
            wrong.push(`${member.name} could not decode ${told.why}`);
            return;
          case 'handled':
            count(places.has(placeOfEvent(told)) ? 'handled again' : 'handled');
            handled.push(told);
            places.add(placeOfEvent(told));
            member.tell({ number: told.number });
        }
      };
      const member = startClient<Noted, Told>({
        name: `subscriber-${started}`,
        program: 'subscriber-program.ts',
        ...{ folder: deps.folder, variables, onMessage },
      });
      members.set(slot, member);
      void member.ended.then(() => {
        const crash = member.crash();
        if (crash !== undefined) wrong.push(crash);
        if (crash !== undefined && !isOver && members.get(slot) === member) start(slot);
      });
    };
    const replaced = (slot: number, how: 'stop' | 'kill'): Blow => ({
      title: how === 'stop' ? 'subscriber stopped and replaced' : 'subscriber killed (-9) and replaced',
      strike: async () => {
        const old = members.get(slot);
        members.delete(slot);
        await old?.end(how);
        start(slot);
      },
    });
    const paused = (slot: number): Blow => ({
      title: `subscriber paused for ${FROZEN_SECONDS} s`,
      strike: async () => {
        const member = members.get(slot);
        member?.freeze();
        await world.pause(FROZEN_SECONDS);
        member?.thaw();
      },
    });

    const slots = Array.from({ length: deps.options.instances }, (_, slot) => slot);
    const late = slots.pop() ?? 0;
    const startLate: Blow = {
      title: 'subscriber started late',
      strike: async () => {
        start(late);
        await world.pause(1);
      },
    };
    const [first = 0] = slots;
    await using publisher = createRunClosePublisher({
      kafka: { brokers: (variables['KAFKA_BROKERS'] ?? '').split(','), clientId: 'chaos' },
      registry: { url: world.registryUrl },
    });
    let released = 0;
    let publishing = Promise.resolve();
    const publish = async (from: number, to: number): Promise<void> => {
      for (const share = commands.slice(from, to); share.length > 0 && !deps.signal.aborted;)
        try {
          await publisher.publish(share);
          return;
        } catch {
          count('published again');
          await world.pause(AGAIN_SECONDS);
        }
    };
    try {
      for (const slot of slots) start(slot);
      const release = (upTo: number): void => {
        const from = released;
        released = Math.max(released, upTo);
        publishing = publishing.then(() => publish(from, released));
      };
      const done = (): number => places.size;
      const blows = slots.map((slot) => replaced(slot, random.pick(['stop', 'kill'])));
      await run.strikeAll(
        [...blows, replaced(first, 'kill'), paused(first), startLate, ...serverBlows],
        release,
        done,
      );
      await publishing;
      await run.finish(done, commands.length);
    } finally {
      isOver = true;
      await Promise.all([...members.values()].map((member) => member.end('stop')));
    }
    const { outputs } = await run.readOutside();
    return [...wrong, ...wrongHandling(commands.length, handled, outputs, world.names)];
  });
