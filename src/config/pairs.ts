/**
 * Reads `key=value` pairs, separated by commas and with percent-encoded values, as OpenTelemetry's variables hold them. Null if the text is
 * something else.
 */
export const readPairs = (text: string): Readonly<Record<string, string>> | null => {
  const pairs = text
    .split(',')
    .map((pair) => /^\s*([^\s=]+)\s*=(.*)$/su.exec(pair) ?? pair.trim())
    .filter((pair) => pair !== '');
  try {
    const entries = pairs.map((pair) => {
      if (typeof pair === 'string') throw new URIError('a pair without =');
      const [, key = '', value = ''] = pair;
      return [key, decodeURIComponent(value.trim())] as const;
    });
    return Object.fromEntries(entries);
  } catch {
    return null;
  }
};
