import { Command } from 'commander';
import { nearestName } from '../../domain/words/nearest-name.ts';

/** Reports a misspelt option. Commander's own class would report instead that a mandatory option is missing, because it is misspelt. */
export class SpellingCommand extends Command {
  private unknown: readonly string[] = [];

  override createCommand(name?: string): Command {
    return new SpellingCommand(name);
  }

  override parseOptions(args: string[]): ReturnType<Command['parseOptions']> {
    const parsed = super.parseOptions(args);
    this.unknown = parsed.unknown;
    return parsed;
  }

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
