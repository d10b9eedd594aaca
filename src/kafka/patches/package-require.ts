import { createRequire } from 'node:module';

/**
 * Loads packages that must not become part of a bundle: kafkajs, which is patched while it is loaded, and native code. A bundle finds these
 * packages beside the installed `runclose` or `@runclose/client`. A bundle in CommonJS has `__filename` instead of `import.meta.url`.
 */
export const packageRequire = (): NodeJS.Require => (known ??= findRequire());

let known: NodeJS.Require | undefined;

const findRequire = (): NodeJS.Require => {
  const requireHere = createRequire(fileOf(import.meta));
  try {
    requireHere.resolve('kafkajs/package.json');
    return requireHere;
  } catch {
    return createRequire(installed(requireHere));
  }
};

/** The manifest of the package that the bundle was made of. */
const installed = (requireHere: NodeJS.Require): string => {
  try {
    return requireHere.resolve('@runclose/client/package.json');
  } catch {
    return requireHere.resolve('runclose/package.json');
  }
};

const fileOf = ({ url }: { readonly url?: string }): string => url ?? __filename;
