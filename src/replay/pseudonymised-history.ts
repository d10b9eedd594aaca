import { firstFault } from '../domain/validate.ts';
import type { RunCloseRequested } from '../domain/records.ts';
import type { DecidingCodec } from '../processor/decide-command.ts';
import type { Decoded } from '../processor/ports/record-codec.ts';
import { createChannelLedgers } from './channel-ledgers.ts';
import { createDecider } from './decider.ts';
import { createEmitting, type EmittingDeps } from './emitting.ts';
import type { CommandStep, History } from './history.ts';
import type { ClaimIndex } from './ports.ts';
import { createPseudonyms } from './pseudonyms.ts';

export type PseudonymisedDeps = Pick<EmittingDeps, 'frame' | 'deadLetter'> & {
  readonly key: Buffer;
  readonly codec: DecidingCodec;
  /** Encodes a command in the wire format. */
  readonly encodeCommand: (command: RunCloseRequested) => Buffer;
  readonly claims: ClaimIndex;
  /** With events, every command is decided again with the made-up ids, because lots depend on ids. */
  readonly events: 'with-events' | 'commands-only';
  /** Called with the number of records that were left out. A record that is no valid command may contain anything, even names. */
  readonly onLeftOut: (records: number) => void;
};

/** The same history with made-up people and without texts. Its decisions can be made again from this history alone. */
export const pseudonymisedHistory = (real: History, deps: PseudonymisedDeps): History => {
  const pseudonyms = createPseudonyms(deps.key);
  const policies = real.policies.map((version) => pseudonyms.policy(version));
  const commands = new Map<Buffer | null, RunCloseRequested>();
  const decode = (values: readonly (Buffer | null)[]): Promise<readonly Decoded[]> =>
    Promise.resolve(
      values.map((value) => ({ kind: 'command', command: commands.get(value) as RunCloseRequested })),
    );
  const { codec, claims } = deps;
  const decider = createDecider({ decode, codec, ledgers: createChannelLedgers(policies), claims });
  const emitting = createEmitting({ ...real.facts, ...deps });

  const pseudonymise = async (steps: readonly CommandStep[]): Promise<readonly CommandStep[]> => {
    const decoded = await real.decode(steps.map(({ record }) => record.value));
    return steps.flatMap(({ record }, index): readonly CommandStep[] => {
      const result = decoded[index];
      if (result?.kind !== 'command') return [];
      if (firstFault(result.command, record.key?.toString('utf8') ?? null) !== null) return [];
      const command = pseudonyms.command(result.command);
      const value = deps.encodeCommand(command);
      commands.set(value, command);
      const key = Buffer.from(command.channelId);
      return [{ kind: 'command', record: { ...record, key, value, headers: [] }, emitted: [] }];
    });
  };

  return {
    ...real,
    facts: {
      ...real.facts,
      clusterId: null,
      withEvents: deps.events === 'with-events',
      pseudonymised: true,
      // Leave it out: it is a real id.
      channelId: undefined,
    },
    policies,
    async *steps() {
      for await (const steps of real.steps()) {
        const all = steps.filter((step): step is CommandStep => step.kind === 'command');
        const kept = await pseudonymise(all);
        if (kept.length < all.length) deps.onLeftOut(all.length - kept.length);
        yield deps.events === 'commands-only'
          ? kept
          : (await decider.decide(kept)).map((redecided) => ({
              ...redecided.step,
              emitted: emitting(redecided),
            }));
        commands.clear();
      }
    },
  };
};
