import type { Command } from 'commander';
import type { CliContext } from './context.ts';

/** A command's work with everything it needs; what goes wrong is thrown as a `RotaError`. */
export type Work = (context: CliContext) => Promise<void>;

/** Makes the context, which takes time, only now that a command really runs. */
export type Perform = (work: Work) => Promise<void>;

/** Gives a command its words; its action hands the work to `perform`. */
export type Declare = (command: Command, perform: Perform) => void;
