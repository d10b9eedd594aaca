import type { Standing } from './standings.ts';

/** How often a person orders: the share of the runs since the person was first seen. */
export type Role = 'daily' | 'regular' | 'weekly' | 'rare';

const ROLES: readonly { readonly role: Role; readonly from: number }[] = [
  { role: 'daily', from: 0.8 },
  { role: 'regular', from: 0.4 },
  { role: 'weekly', from: 0.15 },
  { role: 'rare', from: 0 },
];

export type Person = { readonly channelId: string; readonly userId: string };

export type FairnessFigures = {
  /** The person with the largest deviation. `runs`: runs made minus fair share; negative: the person made too few runs. */
  readonly worstDeviation: (Person & { readonly runs: number }) | null;
  /** The mean of the absolute deviations of all people, in runs. */
  readonly meanDeviation: number;
  /** The most runs in a row in which a person ordered and could run, but was not picked. */
  readonly longestDrought: (Person & { readonly runs: number }) | null;
  readonly roles: readonly {
    readonly role: Role;
    readonly people: number;
    readonly made: number;
    readonly fairShare: number;
  }[];
};

type Channel = { readonly channelId: string; readonly people: readonly Standing[] };

export const fairnessOf = (channels: readonly Channel[]): FairnessFigures => {
  const people = channels.flatMap(({ channelId, people: standings }) =>
    standings.map((standing) => ({ channelId, ...standing, deviation: standing.made - standing.fairShare })),
  );
  const furthest = people.reduce<(typeof people)[number] | null>(
    (worst, person) =>
      worst === null || Math.abs(person.deviation) > Math.abs(worst.deviation) ? person : worst,
    null,
  );
  const driest = people.reduce<(typeof people)[number] | null>(
    (longest, person) =>
      longest === null || person.longestDrought > longest.longestDrought ? person : longest,
    null,
  );
  const sum = (of: readonly (typeof people)[number][], number: 'made' | 'fairShare'): number =>
    of.reduce((total, person) => total + person[number], 0);
  return {
    worstDeviation: furthest && { ...personOf(furthest), runs: furthest.deviation },
    meanDeviation:
      people.length === 0
        ? 0
        : people.reduce((total, { deviation }) => total + Math.abs(deviation), 0) / people.length,
    longestDrought: driest && { ...personOf(driest), runs: driest.longestDrought },
    roles: ROLES.map(({ role }) => {
      const ofRole = people.filter((person) => roleOf(person) === role);
      return { role, people: ofRole.length, made: sum(ofRole, 'made'), fairShare: sum(ofRole, 'fairShare') };
    }),
  };
};

const personOf = ({ channelId, userId }: Person): Person => ({ channelId, userId });

const roleOf = ({ attended, possible }: Standing): Role =>
  ROLES.find(({ from }) => attended / possible >= from)?.role ?? 'rare';
