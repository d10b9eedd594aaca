/** Whether the scopes are explored that take many minutes: with `npm test -- --nightly`. */
export const IS_NIGHTLY = process.env['NIGHTLY'] !== undefined;
