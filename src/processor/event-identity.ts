import { parse, v5 as uuidV5 } from 'uuid';
import type { EventType } from './ports.ts';

/** Given as bytes, like the names: the library's own conversion of texts costs more than the hash. */
const NAMESPACE = parse('6f0d6c54-8c1b-4a5e-9a5e-3b1f0c9f7a21');

/** The event a claimed command leads to: the same id however often the command is decided or published. */
export const eventIdOfCommand = (
  { channelId, commandId }: { readonly channelId: string; readonly commandId: string },
  type: EventType,
): string => uuidV5(Buffer.from(`${channelId}\n${commandId}\n${type}`), NAMESPACE);

/** The event of a record that claims no command: each invalid or reusing record is rejected by itself, every time. */
export const eventIdOfSource = (sourceOffset: string, type: EventType): string =>
  uuidV5(Buffer.from(`${sourceOffset}\n${type}`), NAMESPACE);
