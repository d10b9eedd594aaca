/** What happens to a question to a server, or to its answer. `cut` closes the connection at both ends. */
export type Verdict = 'forward' | 'drop' | 'cut' | { readonly answer: Buffer };

type Judge<Q> = (question: Q) => Verdict | Promise<Verdict>;

/** What happens to questions of one kind. While a verdict is pending, it holds up this question, but none of the later ones. */
export type Fault<Q> = {
  readonly when: (question: Q) => boolean;
  /** How many such questions the fault applies to; by default to all. */
  readonly times?: number;
  /** Before the server gets the question. */
  readonly question?: Judge<Q>;
  /** Before the client gets the answer. */
  readonly answer?: (question: Q, answer: Buffer) => Verdict | Promise<Verdict>;
};

export type Injected = {
  /** How many questions the fault has applied to. */
  fired(): number;
  remove(): void;
};

export type Faults<Q> = {
  inject(fault: Fault<Q>): Injected;
  /** The fault that applies to a question: the first injected one that matches. */
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

/** A question or an answer that a test holds back. */
export type Hold = {
  /** Use this as a fault's `question` or `answer`. */
  readonly keep: () => Promise<Verdict>;
  /** Resolves when a message is held back. */
  readonly arrived: Promise<void>;
  isArrived(): boolean;
  /** Releases the held messages and all later ones. */
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
