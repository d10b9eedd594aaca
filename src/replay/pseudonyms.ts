import { createHmac } from 'node:crypto';
import type { Order, RunCloseRequested } from '../domain/records.ts';
import type { PolicyVersion } from './history.ts';

/** Replaces real ids and names with made-up ones. Equal ids get equal pseudonyms. Without the key, nobody can find the real ids. */
export type Pseudonyms = {
  channel(channelId: string): string;
  command(command: RunCloseRequested): RunCloseRequested;
  policy(version: PolicyVersion): PolicyVersion;
};

/** @param key keep it as safe as the real data: with the key, anybody can find the real ids by trying */
export const createPseudonyms = (key: Buffer): Pseudonyms => {
  const digest = (kind: string, text: string): Buffer =>
    createHmac('sha256', key).update(`${kind}\n${text}`).digest();
  const pseudonymOf = (kind: string, text: string): string =>
    `${kind}-${digest(kind, text).toString('hex', 0, 8)}`;
  const pseudonymOrNull = (kind: string, text: string | null): string | null =>
    text && pseudonymOf(kind, text);

  /** People with the same name get the same made-up name. */
  const nameFor = (displayName: string): string => {
    const bytes = digest('name', displayName);
    return `${FIRST_NAMES[bytes.readUInt8(0) % FIRST_NAMES.length] ?? ''} ${bytes.toString('hex', 1, 3)}`;
  };

  const orderFor = (real: Order): Order => ({
    ...real,
    orderId: pseudonymOf('order', real.orderId),
    userId: pseudonymOf('user', real.userId),
    slackUserId: pseudonymOrNull('slack', real.slackUserId),
    displayName: nameFor(real.displayName),
    text: '',
    provenance: real.provenance === 'manual' ? 'manual' : 'other',
  });

  const channelFor = (channelId: string): string => pseudonymOf('channel', channelId);
  return {
    channel: channelFor,
    command: (real) => ({
      ...real,
      commandId: pseudonymOf('command', real.commandId),
      runId: pseudonymOf('run', real.runId),
      channelId: channelFor(real.channelId),
      channelName: pseudonymOrNull('coffee', real.channelName),
      initiatorUserId: pseudonymOf('user', real.initiatorUserId),
      actorUserId: pseudonymOf('user', real.actorUserId),
      correlationId: pseudonymOrNull('correlation', real.correlationId),
      pickupNote: null,
      orders: real.orders.map(orderFor),
    }),
    policy: ({ channelId, policy, afterRevision }) => ({
      channelId: channelFor(channelId),
      policy: { ...policy, adminUserIds: policy.adminUserIds.map((userId) => pseudonymOf('user', userId)) },
      afterRevision,
    }),
  };
};

const FIRST_NAMES = [
  ...[
    'Ada',
    'Bea',
    'Cleo',
    'Dora',
    'Emil',
    'Finn',
    'Gus',
    'Hana',
    'Ida',
    'Joan',
    'Kai',
    'Lena',
    'Milo',
    'Nils',
  ],
  ...['Olga', 'Per', 'Quinn', 'Rosa', 'Sami', 'Tove', 'Udo', 'Vera', 'Wim', 'Xenia', 'Yara', 'Zora'],
];
