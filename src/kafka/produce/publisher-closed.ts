import { Failure } from '../../processor/failure.ts';

export const publisherClosed = (): Failure =>
  new Failure('fatal', 'PUBLISHER_CLOSED', 'this publisher is closed: create another one to publish more');
