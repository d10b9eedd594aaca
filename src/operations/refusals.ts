import { Failure } from '../processor/failure.ts';

/** The caller asks for something that cannot be done. */
export const wrongUse = (message: string): Failure => new Failure('fatal', 'WRONG_USE', message);

/** The caller asks rightly, but nothing is known of the channel: an id is data, and may become known. */
export const channelUnknown = (message: string): Failure => new Failure('fatal', 'UNKNOWN_CHANNEL', message);
