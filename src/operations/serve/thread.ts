/** The entry point of each thread of `serve`. */
import { runMemberThread } from './member-thread.ts';

runMemberThread();
