/** Limits how many handlers run at the same time. Handlers that wait for a slot get it in the order in which they asked. */
export type HandlerSlots = {
  /** Resolves when a slot is free, with a function to call when the handler is done. */
  enter(): Promise<() => void>;
};

export const createHandlerSlots = (count: number): HandlerSlots => {
  const waiting: (() => void)[] = [];
  let free = count;

  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };

  return {
    enter: async () => {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      return leave;
    },
  };
};
