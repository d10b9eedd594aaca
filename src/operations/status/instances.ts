import { isIPv6 } from 'node:net';
import { compareTexts } from '../../domain/policies.ts';
import { exchange } from '../../credentials/http-exchange.ts';
import type { GroupMember } from '../../kafka/consume/group.ts';
import type { MemberFacts } from '../../kafka/consume/member-facts.ts';
import type { InstanceStatus } from '../serve/instance-status.ts';

/** A `serve` process whose members are in the group. */
export type Instance = {
  /** The member's client id; of several workers, the first one's. */
  readonly clientId: string;
  /** The address of the process, as the broker sees it. */
  readonly host: string;
  /** The id of the process; null: its members say nothing about their process. Then version and start are null, too. */
  readonly instance: string | null;
  readonly version: string | null;
  /** By the clock of the process. RFC 3339. */
  readonly startedAt: string | null;
  /** By the process itself, or else by the two clocks; never negative. */
  readonly uptimeSeconds: number | null;
  /** How many members of the group the process runs. */
  readonly workers: number;
  readonly partitions: readonly number[];
  /** The breakers, from the `/status` of the process; null if the process cannot be asked from here. */
  readonly breakers: InstanceStatus['breakers'];
};

export type InstancesDeps = {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The answer of a process to `GET /status`, parsed. May reject. */
  readonly ask?: (host: string, port: number) => Promise<unknown>;
};

/** Finds the processes behind the members of the group, and asks each for its breakers. Never rejects. */
export const instancesOf = async (
  members: readonly GroupMember[],
  { now, ask = askStatus }: InstancesDeps,
): Promise<readonly Instance[]> => {
  const byProcess = new Map<unknown, readonly GroupMember[]>();
  for (const member of members) {
    const key = member.facts?.instance ?? member;
    byProcess.set(key, [...(byProcess.get(key) ?? []), member]);
  }
  const instances = [...byProcess.values()].map(async (workers): Promise<Instance[]> => {
    const [first] = workers.toSorted(byClientId);
    if (first === undefined) return [];
    const { clientId, host, facts } = first;
    const answer = facts === null ? null : await answerOf(facts, () => ask(host, facts.httpPort));
    const { uptimeSeconds, ...about } = ageOf(facts, now);
    return [
      {
        clientId,
        host,
        ...about,
        uptimeSeconds: answer?.uptimeSeconds ?? uptimeSeconds,
        workers: workers.length,
        partitions: workers.flatMap(({ partitions }) => partitions).sort((one, other) => one - other),
        breakers: breakersIn(answer),
      },
    ];
  });
  return (await Promise.all(instances)).flat().sort(byClientId);
};

const ageOf = (
  facts: MemberFacts | null,
  now: number,
): Pick<Instance, 'instance' | 'version' | 'startedAt' | 'uptimeSeconds'> =>
  facts === null
    ? { instance: null, version: null, startedAt: null, uptimeSeconds: null }
    : {
        instance: facts.instance,
        version: facts.version,
        startedAt: new Date(facts.startedAt).toISOString(),
        uptimeSeconds: Math.max(0, Math.floor((now - facts.startedAt) / 1_000)),
      };

/** Null if nothing answers, or if another process answers at that address. */
const answerOf = async (
  { instance }: MemberFacts,
  ask: () => Promise<unknown>,
): Promise<Partial<InstanceStatus> | null> => {
  const answer = (await ask().catch(() => null)) as Partial<InstanceStatus> | null;
  return answer?.instance === instance ? answer : null;
};

const breakersIn = (answer: Partial<InstanceStatus> | null): Instance['breakers'] => {
  const { kafka, postgres, registry } = answer?.breakers ?? {};
  return isState(kafka) && isState(postgres) && isState(registry) ? { kafka, postgres, registry } : null;
};

type State = NonNullable<Instance['breakers']>['kafka'];

const isState = (value: unknown): value is State =>
  value === 'closed' || value === 'half-open' || value === 'open';

/** An instance that cannot be reached from here must not hold up the others. */
const TIMEOUT_MS = 2_000;
const MAX_BYTES = 4_194_304;

const askStatus = async (host: string, port: number): Promise<unknown> => {
  const url = new URL(`http://${isIPv6(host) ? `[${host}]` : host}:${String(port)}/status`);
  const { text } = await exchange(url, { timeoutMs: TIMEOUT_MS, mostBytes: MAX_BYTES });
  return JSON.parse(text);
};

type Named = Pick<Instance, 'clientId' | 'host'>;

const byClientId = (one: Named, other: Named): number =>
  compareTexts(one.clientId, other.clientId) || compareTexts(one.host, other.host);
