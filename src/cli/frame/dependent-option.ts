import { type Command, Option } from 'commander';
import { wrongUse } from '../../processor/failure.ts';

/** An option that has a meaning only together with another option. commander knows conflicts and implications, but no such needs. */
export class DependentOption extends Option {
  readonly needed: string;
  private readonly why: string;

  /** @param why what the option cannot do without the needed one; ends the error's sentence */
  constructor(flags: string, description: string, { needed, why }: { needed: string; why: string }) {
    super(flags, description);
    this.needed = needed;
    this.why = why;
  }

  refuse(): never {
    throw wrongUse(`${this.long ?? this.flags} needs ${this.needed}: ${this.why}`);
  }
}

/** Refuses an option that was given without the option that it needs. */
export const requireNeededOptions = (command: Command): void => {
  const isGiven = ({ long }: Pick<Option, 'long'>): boolean =>
    command.options.some(
      (option) => option.long === long && command.getOptionValueSource(option.attributeName()) === 'cli',
    );
  for (const option of command.options)
    if (option instanceof DependentOption && isGiven(option) && !isGiven({ long: option.needed }))
      option.refuse();
};
