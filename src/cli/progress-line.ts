/** One line that tells how far a long command is: on a terminal only, on standard error, gone when it ends. */

export interface ProgressLine {
  /** Takes the line away. */
  end(): void;
}

const REFRESH_MS = 200;
const CLEAR_LINE = '\r\u001b[K';

/** Where a line is shown. */
export interface Terminal {
  readonly isTTY: boolean;
  readonly columns: number;
  write(text: string): unknown;
}

/** Shows a line that is asked for anew five times a second; on standard error if nothing else is given. */
export function showProgress(text: () => string, terminal: Terminal = process.stderr): ProgressLine {
  if (!terminal.isTTY) return { end() {} };
  const draw = () => terminal.write(`${CLEAR_LINE}${text().slice(0, terminal.columns - 1)}`);
  const timer = setInterval(draw, REFRESH_MS);
  return {
    end() {
      clearInterval(timer);
      terminal.write(CLEAR_LINE);
    },
  };
}
