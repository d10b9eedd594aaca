import { Failure } from '../processor/failure.ts';

/** The caller asks for something that cannot be done. */
export const wrongUse = (message: string): Failure => new Failure('fatal', 'WRONG_USE', message);

/** The request is right, but the channel is unknown: it may become known later. */
export const channelUnknown = (message: string): Failure => new Failure('fatal', 'UNKNOWN_CHANNEL', message);
