import { Command, type Option } from 'commander';
import { nearestName } from '../../domain/words/nearest-name.ts';
import { isRepeatable } from './flags.ts';

/** Refuses mistakes that commander accepts or reports as something else: an option that is given twice, or misspelt. */
export class StrictCommand extends Command {
  private unknown: readonly string[] = [];

  override createCommand(name?: string): Command {
    return new StrictCommand(name);
  }

  override parseOptions(args: string[]): ReturnType<Command['parseOptions']> {
    const parsed = super.parseOptions(args);
    this.unknown = parsed.unknown;
    return parsed;
  }

  /** Refuses a second value: commander would drop the first one silently, so `forget --user A --user B` would forget only B. */
  override setOptionValueWithSource(...given: Parameters<Command['setOptionValueWithSource']>): this {
    const [key, , source] = given;
    const option = this.options.find((each) => each.attributeName() === key && takesOneValue(each));
    if (option !== undefined && source === 'cli' && this.getOptionValueSource(key) === 'cli')
      this.error(`error: option '${option.flags}' is given twice: give it once`, {
        code: 'commander.invalidArgument',
      });
    super.setOptionValueWithSource(...given);
    return this;
  }

  /** Commander itself would report that a mandatory option is missing, because it is misspelt. */
  override error(message: string, options?: Parameters<Command['error']>[1]): never {
    const misspelt =
      options?.code === 'commander.missingMandatoryOptionValue'
        ? this.unknown.find((arg) => arg.startsWith('--'))
        : undefined;
    if (misspelt === undefined) return super.error(message, options);
    const [flag = misspelt] = misspelt.split('=', 1);
    const nearest = nearestName(
      flag,
      this.options.flatMap(({ long }) => long ?? []),
    );
    const meant = nearest === undefined ? '' : `\n(Did you mean ${nearest}?)`;
    return super.error(`error: unknown option '${flag}'${meant}`, { code: 'commander.unknownOption' });
  }
}

const takesOneValue = (option: Option): boolean =>
  (option.required || option.optional) && !isRepeatable(option.parseArg);
