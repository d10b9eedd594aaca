/** The kinds of values that environment variables hold. Messages complete the sentence "NAME …" and never quote the value. */
import { z } from 'zod';

/** The example is shown where the variable is missing. */
export const text = (example = '') => z.string({ required_error: `is not set; for example ${example}` });

export const identifier = z
  .string()
  .regex(/^[^\s\p{Cc}]{1,200}$/u, 'must be 1 to 200 characters without spaces or control characters');

export const wholeNumber = (min: number, max: number) => {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .pipe(z.number().min(min, message).max(max, message));
};

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

export const url = (schemes: readonly string[], example: string) => {
  const message = `must be a URL like ${example}`;
  return text(example)
    .refine((value) => schemes.includes(schemeOf(value)), message)
    .refine(
      (value) => !hasStrayCredentials(value),
      'must have the special characters of user and password percent-encoded: "@" as %40, "/" as %2F, "?" as %3F, "#" as %23',
    );
};

/** A URL without secrets, so that it can be shown. `instead` says which settings hold them. */
export const address = (example: string, instead: string) =>
  url(['http', 'https'], example).refine(
    (value) => !URL.canParse(value) || isBare(new URL(value)),
    `must not hold a user, a password, a query or a fragment: use ${instead}`,
  );

/** Addresses of one server, separated by commas, without secrets and without slashes at the end. */
export const addresses = (example: string, instead: string) => {
  const one = address(example, instead);
  return z.string({ required_error: `is not set; for example ${example}` }).transform((value, context) => {
    const urls = value.split(',').map((it) => it.trim().replace(/\/+$/, ''));
    const [fault] = urls.flatMap((it) => one.safeParse(it).error?.issues ?? []);
    if (fault !== undefined) context.addIssue({ code: z.ZodIssueCode.custom, message: fault.message });
    return urls.join(',');
  });
};

const isBare = ({ username, password, search, hash }: URL): boolean =>
  [username, password, search, hash].every((part) => part === '');

/** A slash in a password ends the host's name too early: parts of the password would be shown as port and path. */
const hasStrayCredentials = (value: string): boolean => {
  if (!URL.canParse(value)) return false;
  const { pathname, search, hash } = new URL(value);
  return pathname.includes('@') || hash.includes('@') || /^\?[^=]*@/.test(search);
};

const schemeOf = (value: string): string => (URL.canParse(value) ? new URL(value).protocol.slice(0, -1) : '');
