/** The types of values in environment variables. Messages complete the sentence "NAME …" and never quote the value. */
import { z } from 'zod';
import { readPairs } from './pairs.ts';

/** @param example shown if the variable is not set */
export const text = (example = '') => z.string({ required_error: `is not set; for example ${example}` });

/** No invisible characters: they are printed as escapes, so a printed command would contain another name. */
export const identifier = z
  .string()
  .regex(
    /^[^\s\p{Cc}\p{Cf}\p{Cs}]{1,200}$/u,
    'must be 1 to 200 characters without spaces or invisible characters',
  );

export const wholeNumber = (min: number, max: number) => {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .pipe(z.number().min(min, message).max(max, message));
};

export const fraction = z
  .string()
  .regex(/^(0|1|0?\.\d{1,9}|0\.0|1\.0)$/, 'must be a number from 0 to 1')
  .transform(Number);

/** `key=value` pairs, as OpenTelemetry writes them. */
export const pairs = z
  .string()
  .refine(
    (value) => readPairs(value) !== null,
    'must be key=value pairs, separated by commas, with the special characters of values percent-encoded: "," as %2C, "%" as %25',
  );

export const flag = z
  .string()
  .transform((value) => value.toLowerCase())
  .pipe(z.enum(['true', 'false'], { errorMap: () => ({ message: 'must be true or false' }) }))
  .transform((value) => value === 'true');

export const oneOf = <const T extends string>(...choices: readonly [T, ...T[]]) =>
  z
    .string()
    .transform((value) => value.toLowerCase())
    .pipe(z.enum(choices, { errorMap: () => ({ message: `must be one of ${choices.join(', ')}` }) }));

export const pem = z
  .string()
  .refine((value) => value.includes('-----BEGIN '), 'must be PEM, or the path of a PEM file');

/** Matches a list, separated by commas, whose items all match the pattern. */
export const listOf = (item: string): RegExp => new RegExp(`^\\s*${item}\\s*(,\\s*${item}\\s*)*$`);

/** Matches upper and lower case without a flag: the chart's JSON schema cannot express flags. */
const beginning = (schemes: readonly string[]): string =>
  `(${schemes.map((scheme) => scheme.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`)).join('|')})://`;

const ENCODED =
  'with the special characters of user and password percent-encoded: "@" as %40, "/" as %2F, "?" as %3F, "#" as %23, "%" as %25';

/** @param instead what the user may do instead of encoding a password */
export const url = (schemes: readonly string[], example: string, instead = '') => {
  const pattern = new RegExp(`^${beginning(schemes)}`);
  const message = `must be a URL like ${example}`;
  return text(example)
    .regex(pattern, message)
    .superRefine((value, context) => {
      if (!pattern.test(value)) return;
      if (URL.canParse(value) && !hasStrayCredentials(new URL(value))) return;
      // If an "@" follows a character that ends the host's name, the text is not even a URL.
      const encoding = value.includes('@') ? `, ${ENCODED}${instead}` : '';
      context.addIssue({ code: 'custom', message: `${message}${encoding}` });
    });
};

/** A URL without secrets, so that messages may show it. `instead` names the settings for the secrets. */
export const address = (example: string, instead: string) =>
  url(['http', 'https'], example).refine(
    (value) => !URL.canParse(value) || isBare(new URL(value)),
    `must not hold a user, a password, a query or a fragment: use ${instead}`,
  );

/** Addresses of one server, separated by commas, without secrets. Slashes at the end are removed. */
export const addresses = (example: string, instead: string) => {
  const oneAddress = address(example, instead);
  return text(example)
    .regex(listOf(`${beginning(['http', 'https'])}[^,]*`), `must be a URL like ${example}`)
    .transform((value, context) => {
      const urls = value.split(',').map((item) => item.trim().replace(/\/+$/, ''));
      const [fault] = urls.flatMap((item) => oneAddress.safeParse(item).error?.issues ?? []);
      if (fault !== undefined) context.addIssue({ code: z.ZodIssueCode.custom, message: fault.message });
      return urls.join(',');
    });
};

const isBare = ({ username, password, search, hash }: URL): boolean =>
  [username, password, search, hash].every((part) => part === '');

/** An unencoded slash in a password ends the host's name too early. Messages would then show parts of the password as port and path. */
const hasStrayCredentials = ({ username, password, pathname, search, hash }: URL): boolean =>
  pathname.includes('@') ||
  hash.includes('@') ||
  /^\?[^=]*@/.test(search) ||
  ![username, password].every(canBeDecoded);

const canBeDecoded = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};
