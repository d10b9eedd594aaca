import { Failure } from '../processor/failure.ts';

/** What is wrong with one environment variable. The message never quotes the value. */
export type ConfigProblem = { readonly variable: string; readonly message: string };

/** Every mistake in the configuration at once, by the variables' names. A command that meets it exits with 78. */
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
