import { Failure } from '../processor/failure.ts';

/** The request is right, but the channel is unknown: it may become known later. */
export const channelUnknown = (message: string): Failure => new Failure('fatal', 'UNKNOWN_CHANNEL', message);
