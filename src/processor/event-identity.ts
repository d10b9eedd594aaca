import { hash } from 'node:crypto';
import type { EventType } from '../wire/event-types.ts';
import { MAX_BYTES_PER_UNIT } from '../wire/text-bytes.ts';

const NAMESPACE = Buffer.from('6f0d6c54-8c1b-4a5e-9a5e-3b1f0c9f7a21'.replaceAll('-', ''), 'hex');

/** A buffer with the namespace and room for a name after it. */
const roomFor = (name: string): Buffer =>
  Buffer.concat([NAMESPACE], NAMESPACE.length + MAX_BYTES_PER_UNIT * name.length);
/** A name usually holds two ids of at most 128 UTF-16 units each. */
const USUAL_LENGTH = 512;
const usualRoom = roomFor('-'.repeat(USUAL_LENGTH));

/** The event id for a command that claimed its command id: the same however often the command is decided or published. */
export const eventIdOfCommand = (
  { channelId, commandId }: { readonly channelId: string; readonly commandId: string },
  type: EventType,
): string => uuidV5(`${channelId}\n${commandId}\n${type}`);

/** The event id for a record that claims no command id. Each record with an invalid command or a reused id gets a rejection of its own. */
export const eventIdOfSource = (sourceOffset: string, type: EventType): string =>
  uuidV5(`${sourceOffset}\n${type}`);

const VARIANTS = '89ab';

/**
 * UUID version 5: RFC 9562, section 5.5. The version in the uuid library took three times as long, because each call makes a hash object
 * and buffers for input and output.
 */
const uuidV5 = (name: string): string => {
  const input = name.length <= USUAL_LENGTH ? usualRoom : roomFor(name);
  const end = NAMESPACE.length + input.write(name, NAMESPACE.length);
  const hex = hash('sha1', input.subarray(0, end), 'hex');
  const variant = VARIANTS.charAt(parseInt(hex.charAt(16), 16) & 0b11);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};
