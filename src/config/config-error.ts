import { Failure } from '../processor/failure.ts';

/** A mistake in one environment variable. The message never quotes the value. */
export type ConfigProblem = {
  readonly variable: string;
  readonly message: string;
  /** Set if the variable holds a certificate whose life is over. Milliseconds since 1970. */
  readonly expiredAt?: number;
  /** The file with the value, if there is one. */
  readonly file?: string;
};

/** All mistakes in the configuration, each with the name of its variable. A command that meets this error exits with 78. */
export class ConfigError extends Failure {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super('fatal', 'WRONG_CONFIGURATION', describe(problems));
    this.problems = problems;
  }
}

const describe = (problems: readonly ConfigProblem[]): string =>
  [
    problems.length === 1
      ? 'The configuration has a mistake:'
      : `The configuration has ${problems.length} mistakes:`,
    ...problems.map(({ variable, message }) => `  ${variable} ${message}`),
  ].join('\n');
