import type { Ora } from 'ora';
import { isTerminal, usesColour } from './output-process.ts';
import type { Spinner } from './terminal.ts';

/** Sees to it that a spinner and other lines do not write over each other. */
export interface SpinnerBench {
  spin(text: string): Spinner;
  /** Takes the spinner off the screen until what this returns is called. */
  pause(): () => void;
}

/** Spinners on stderr; where nobody watches, what begins and how it ends as plain lines. */
export function spinnerBench(
  stderr: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv,
  line: (text: string) => void,
): SpinnerBench {
  const watched = isTerminal(stderr) && env['TERM'] !== 'dumb';
  let current: AnimatedSpinner | undefined;
  let pauses = 0;
  return {
    spin(text) {
      if (!watched) return plainSpinner(text, line);
      const spinner = animatedSpinner(text, stderr, env, line, () => {
        if (current === spinner) current = undefined;
      });
      current = spinner;
      if (pauses > 0) spinner.hide();
      return spinner;
    },
    pause() {
      pauses += 1;
      current?.hide();
      let over = false;
      return () => {
        if (over) return;
        over = true;
        pauses -= 1;
        if (pauses === 0) current?.show();
      };
    },
  };
}

function plainSpinner(text: string, line: (text: string) => void): Spinner {
  line(text);
  return { text: () => undefined, succeed: line, fail: line, stop: () => undefined };
}

interface AnimatedSpinner extends Spinner {
  hide(): void;
  show(): void;
}

function animatedSpinner(
  first: string,
  stream: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv,
  line: (text: string) => void,
  onEnd: () => void,
): AnimatedSpinner {
  let text = first;
  let animation: Ora | undefined;
  let state: 'shown' | 'hidden' | 'ended' = 'shown';
  void import('ora').then(({ default: ora }) => {
    const color = usesColour(env) ? 'cyan' : false;
    // It must leave stdin alone: somebody may be about to paste.
    animation = ora({ text, stream, color, discardStdin: false });
    if (state === 'shown') animation.start();
  });
  const end = (last?: string): void => {
    state = 'ended';
    animation?.stop();
    onEnd();
    if (last !== undefined) line(last);
  };
  return {
    text(next) {
      text = next;
      if (animation !== undefined) animation.text = next;
    },
    succeed: end,
    fail: end,
    stop: () => end(),
    hide() {
      if (state !== 'shown') return;
      state = 'hidden';
      animation?.stop();
    },
    show() {
      if (state !== 'hidden') return;
      state = 'shown';
      animation?.start();
    },
  };
}
