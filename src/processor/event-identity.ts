import { hash } from 'node:crypto';
import { parse, stringify } from 'uuid';
import type { EventType } from './ports.ts';

const NAMESPACE = parse('6f0d6c54-8c1b-4a5e-9a5e-3b1f0c9f7a21');

/** The event a claimed command leads to: the same id however often the command is decided or published. */
export const eventIdOfCommand = (
  { channelId, commandId }: { readonly channelId: string; readonly commandId: string },
  type: EventType,
): string => uuidV5(`${channelId}\n${commandId}\n${type}`);

/** The event of a record that claims no command: each invalid or reusing record is rejected by itself, every time. */
export const eventIdOfSource = (sourceOffset: string, type: EventType): string =>
  uuidV5(`${sourceOffset}\n${type}`);

/** RFC 9562, section 5.5. The library's own makes a hash object each time, which costs three times as much. */
const uuidV5 = (name: string): string => {
  const digest = hash('sha1', Buffer.concat([NAMESPACE, Buffer.from(name)]), 'buffer').subarray(0, 16);
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x50, 6);
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
  return stringify(digest);
};
