import type { RunCloseRequested } from '../domain/records.ts';
import { Failure } from '../processor/failure.ts';

/**
 * Publishing was begun, and it is unknown which of the commands stand in the log. They are here with all that was filled in: after a
 * transient failure publish them again, and each counts once.
 */
export class PublishFailure extends Failure {
  readonly commands: readonly RunCloseRequested[];

  constructor(
    { kind, code, message, isLocal }: Failure,
    commands: readonly RunCloseRequested[],
    cause: unknown,
  ) {
    super(kind, code, message, { cause, scope: isLocal ? 'local' : 'server' });
    this.commands = commands;
  }
}
