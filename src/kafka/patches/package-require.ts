import { createRequire } from 'node:module';

/**
 * Loads packages that must not become part of a bundle: kafkajs, which is patched while it is loaded, and native code. A bundle finds these
 * packages beside the installed `runclose` or `@runclose/client`. A bundle in CommonJS has `__filename` instead of `import.meta.url`.
 */
export const packageRequire = (): NodeJS.Require => (known ??= findRequire());

let known: NodeJS.Require | undefined;

const findRequire = (): NodeJS.Require => {
  const here = createRequire(fileOf(import.meta));
  try {
    here.resolve('kafkajs/package.json');
    return here;
  } catch {
    return createRequire(installed(here));
  }
};

/** The manifest of the package that the bundle was made of. */
const installed = (here: NodeJS.Require): string => {
  try {
    return here.resolve('@runclose/client/package.json');
  } catch {
    return here.resolve('runclose/package.json');
  }
};

const fileOf = ({ url }: { readonly url?: string }): string => url ?? __filename;
