/** A number with its noun, for people: `1 run`, `12,345 runs`. */
export const count = (n: number, what: string): string => `${withThousands(n)} ${what}${n === 1 ? '' : 's'}`;

/** `12,345` */
export const withThousands = (n: number): string => n.toLocaleString('en-US');
