import { InvalidArgumentError } from 'commander';
import { type Names, type Part, PARTS } from '../../operations/rights/principals.ts';
import { severalTimes } from '../frame/flags.ts';

/** Refuses `*`, which means every user in Kafka, and invisible characters, which would be printed as escapes and make another name. */
const UNFIT = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|^\*?$/u;

/** Parses a repeatable flag: `processor=runclose-prod`. */
export const named = severalTimes((value: string, previous: Names = {}): Names => {
  const [, part = '', name = ''] = /^([a-z]+)=(.+)$/.exec(value) ?? [];
  if (!isPart(part) || UNFIT.test(name)) {
    throw new InvalidArgumentError(
      `It must be PART=NAME. The part is one of ${PARTS.join(', ')}, and the name must not be * or contain invisible characters.`,
    );
  }
  if (previous[part] !== undefined && previous[part] !== name)
    throw new InvalidArgumentError(`The ${part} has two names: give it once.`);
  return { ...previous, [part]: name };
});

const isPart = (part: string): part is Part => (PARTS as readonly string[]).includes(part);
