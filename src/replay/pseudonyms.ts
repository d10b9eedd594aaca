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
  const id = (kind: string, text: string): string => `${kind}-${digest(kind, text).toString('hex', 0, 8)}`;
  const idOrNull = (kind: string, text: string | null): string | null => text && id(kind, text);

  /** People with the same name get the same made-up name. */
  const name = (displayName: string): string => {
    const bytes = digest('name', displayName);
    return `${FIRST_NAMES[bytes.readUInt8(0) % FIRST_NAMES.length] ?? ''} ${bytes.toString('hex', 1, 3)}`;
  };

  const order = (real: Order): Order => ({
    ...real,
    orderId: id('order', real.orderId),
    userId: id('user', real.userId),
    slackUserId: idOrNull('slack', real.slackUserId),
    displayName: name(real.displayName),
    text: '',
    provenance: real.provenance === 'manual' ? 'manual' : 'other',
  });

  const channel = (channelId: string): string => id('channel', channelId);
  return {
    channel,
    command: (real) => ({
      ...real,
      commandId: id('command', real.commandId),
      runId: id('run', real.runId),
      channelId: channel(real.channelId),
      channelName: idOrNull('coffee', real.channelName),
      initiatorUserId: id('user', real.initiatorUserId),
      actorUserId: id('user', real.actorUserId),
      correlationId: idOrNull('correlation', real.correlationId),
      pickupNote: null,
      orders: real.orders.map(order),
    }),
    policy: ({ channelId, policy, afterRevision }) => ({
      channelId: channel(channelId),
      policy: { ...policy, adminUserIds: policy.adminUserIds.map((userId) => id('user', userId)) },
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
