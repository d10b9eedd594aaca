/** Whether to explore the scopes that take many minutes: true with `npm test -- --nightly`. */
export const IS_NIGHTLY = process.env['NIGHTLY'] !== undefined;
