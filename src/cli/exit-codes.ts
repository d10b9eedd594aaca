import { Failure, failureOf } from '../processor/failure.ts';

/** What programs that call the command line rely on. */
export const EXIT = {
  done: 0,
  failed: 1,
  differences: 2,
  wrongUse: 64,
  unreachable: 69,
  wrongConfiguration: 78,
  interrupted: 130,
} as const;

/** The command was called with something that it cannot be called with. */
export const wrongUse = (message: string): Failure => new Failure('fatal', 'WRONG_USE', message);

export const exitCodeOf = (thrown: unknown): number => {
  const { kind, code } = failureOf(thrown);
  if (code === 'WRONG_USE') return EXIT.wrongUse;
  if (code === 'WRONG_CONFIGURATION') return EXIT.wrongConfiguration;
  return kind === 'transient' ? EXIT.unreachable : EXIT.failed;
};
