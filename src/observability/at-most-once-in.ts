/**
 * Limits how often a server is asked: at most once per period, and never twice at the same time, however often a caller wants the answer.
 * A failure counts as an answer, too: a server that is slow or away must not be asked more often.
 */
export const atMostOnceIn = <T>(
  milliseconds: number,
  ask: () => Promise<T>,
  now: () => number = () => performance.now(),
): (() => Promise<T>) => {
  let last: { readonly answer: Promise<T>; answeredAt: number | null } | undefined;
  return () => {
    const isFresh =
      last !== undefined && (last.answeredAt === null || now() - last.answeredAt < milliseconds);
    if (last !== undefined && isFresh) return last.answer;
    const request = { answer: ask(), answeredAt: null as number | null };
    const settled = (): void => {
      request.answeredAt = now();
    };
    request.answer.then(settled, settled);
    last = request;
    return request.answer;
  };
};
