/** What becomes of a question to a server, or of its answer. `cut` closes the connection at both ends. */
export type Verdict = 'forward' | 'drop' | 'cut' | { readonly answer: Buffer };

type Judge<Q> = (question: Q) => Verdict | Promise<Verdict>;

/** What happens to questions of one kind. A verdict that is waited for holds up this question, and none of those behind it. */
export type Fault<Q> = {
  readonly when: (question: Q) => boolean;
  /** How many such questions it happens to; without, to all. */
  readonly times?: number;
  /** Before the server gets the question. */
  readonly question?: Judge<Q>;
  /** Before the client gets the answer. */
  readonly answer?: (question: Q, answer: Buffer) => Verdict | Promise<Verdict>;
};

export type Injected = {
  /** How many questions it has happened to. */
  fired(): number;
  remove(): void;
};

export type Faults<Q> = {
  inject(fault: Fault<Q>): Injected;
  /** The fault that a question meets: the first injected that fits. */
  metBy(question: Q): Fault<Q> | undefined;
};

export const createFaults = <Q>(): Faults<Q> => {
  const injected: { readonly fault: Fault<Q>; fired: number }[] = [];
  return {
    inject: (fault) => {
      const entry = { fault, fired: 0 };
      injected.push(entry);
      return {
        fired: () => entry.fired,
        remove: () => {
          const index = injected.indexOf(entry);
          if (index >= 0) injected.splice(index, 1);
        },
      };
    },
    metBy: (question) => {
      const entry = injected.find(
        ({ fault, fired }) => fired < (fault.times ?? Infinity) && fault.when(question),
      );
      if (entry === undefined) return undefined;
      entry.fired += 1;
      return entry.fault;
    },
  };
};

/** A question or an answer that a test keeps back. */
export type Hold = {
  /** As a fault's `question` or `answer`. */
  readonly keep: () => Promise<Verdict>;
  /** Resolves when there is something to keep back. */
  readonly arrived: Promise<void>;
  isArrived(): boolean;
  /** Lets go of what is kept and of all that comes later. */
  release(verdict?: Verdict): void;
};

export const createHold = (): Hold => {
  let arrive!: () => void;
  let release!: (verdict: Verdict) => void;
  let isArrived = false;
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const released = new Promise<Verdict>((resolve) => {
    release = resolve;
  });
  return {
    keep: () => {
      isArrived = true;
      arrive();
      return released;
    },
    arrived,
    isArrived: () => isArrived,
    release: (verdict = 'forward') => {
      release(verdict);
    },
  };
};
