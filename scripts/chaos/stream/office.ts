import type { Order, RunCloseRequested } from '../../../src/domain/records.ts';
import type { Random } from '../random.ts';

/** The people of a channel, and who orders in each of its runs. */
export interface Office {
  readonly channelId: string;
  /** The command that closes the channel's next run. `number` makes the ids unique. */
  nextCommand: (number: number) => RunCloseRequested;
}

const PRESENCE = [0.95, 0.9, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1] as const;
const NAMES = [
  'Ana',
  'Ben',
  'Chloë',
  'Dmitri',
  'Efua',
  'Fatima',
  'Göran',
  'Hélène',
  'Ines',
  'Jun',
  '李雷',
  'Zoë 🙂',
] as const;
const DRINKS = [
  'Flat white',
  'Espresso',
  'Cappuccino, oat',
  'Earl Grey',
  'Filter, black',
  'Hot chocolate',
] as const;

/** Some people come daily, others now and then. Each channel has its own mixture, with about five orders a run. */
export const createOffice = (channelId: string, random: Random, startsAt: number): Office => {
  const people = Array.from({ length: random.between(6, 12) }, (_, index) => ({
    userId: `U${channelId}-${index}`,
    displayName: random.pick(NAMES),
    drink: random.pick(DRINKS),
    presence: random.pick(PRESENCE),
    canRun: random.chance(0.9),
  }));
  const channelName = random.chance(0.7) ? `coffee-${channelId.toLowerCase()}` : null;
  let now = startsAt;

  const orderOf = (person: (typeof people)[number], number: number): Order => ({
    orderId: `o-${number}-${person.userId}`,
    userId: person.userId,
    slackUserId: person.canRun ? `W${person.userId}` : null,
    displayName: person.displayName,
    text: person.drink,
    provenance: random.chance(0.9) ? 'manual' : 'usual',
    submittedAt: now - random.between(10_000, 600_000),
    confirmed: random.chance(0.9),
    quantity: random.chance(0.9) ? 1 : random.between(2, 4),
    canRun: person.canRun && random.chance(0.97),
  });

  return {
    channelId,
    nextCommand: (number) => {
      now += random.between(600_000, 7_200_000);
      const present = people.filter(({ presence }) => random.chance(presence));
      const orders = present.map((person) => orderOf(person, number));
      const initiator = present[0]?.userId ?? `U${channelId}-0`;
      return {
        commandId: `cmd-${number}`,
        runId: `run-${number}`,
        channelId,
        channelName,
        initiatorUserId: initiator,
        actorUserId: random.chance(0.98) ? initiator : `U${channelId}-stranger`,
        allowConsecutiveRunner: random.chance(0.1),
        requestedAt: now,
        correlationId: random.chance(0.5) ? `trace-${number}` : null,
        pickupTime: random.chance(0.3) ? now + 900_000 : null,
        pickupNote: random.chance(0.2) ? 'Ask for Sam\nat the side door' : null,
        orders,
      };
    },
  };
};
