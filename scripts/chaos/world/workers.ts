/** The first instance runs two members of the group in one process, so that the soak meets both kinds. */
export const workersIn = (slot: number): number => (slot === 0 ? 2 : 1);
