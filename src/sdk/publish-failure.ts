import type { RunCloseRequested } from '../domain/records.ts';
import { Failure } from '../processor/failure.ts';

/** Commands were not published, may not have been published, or were published and have no known outcome. */
export class PublishFailure extends Failure {
  /**
   * The commands, with the fields that the publisher filled in. After a transient failure, publish them again: each command counts once,
   * even if the log already holds it. Not enumerable, so that a log of the failure does not contain the commands' names and texts.
   */
  declare readonly commands: readonly RunCloseRequested[];
  /** `not sent`: none of the commands is in the log. `unknown`: each may be. `published`: each is, and its outcome is not known. */
  readonly outcome: 'not sent' | 'unknown' | 'published';

  constructor(
    failure: Failure,
    commands: readonly RunCloseRequested[],
    outcome: 'not sent' | 'unknown' | 'published',
  ) {
    const { kind, code, message, isLocal, isLoginRefused } = failure;
    const scope = isLocal ? 'local' : 'server';
    super(kind, code, message, { cause: failure.cause ?? failure, scope, isLoginRefused });
    Object.defineProperty(this, 'commands', { value: commands, enumerable: false });
    this.outcome = outcome;
  }
}
