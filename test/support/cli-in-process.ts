/** Runs a command line inside the test's process: a tenth of the time of a process of its own. What a shell does to it (streams, signals, exit codes) is tested with run-radmeter.ts. */
import { stripVTControlCharacters } from 'node:util';
import { runCli } from '../../src/cli/cli.ts';

export interface InProcessResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line, without node and script, under RADMETER_* variables. One at a time: it prints what the process prints, and its environment is the process's. */
export async function runInProcess(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<InProcessResult> {
  const output = { stdout: '', stderr: '' };
  const restore = [
    captured('stdout', output),
    captured('stderr', output),
    capturedConsole(output),
    withEnvironment(environment),
  ];
  try {
    const never = new AbortController().signal;
    const code = await runCli(args, { watchSignals: () => ({ stop: never, hurry: never }) });
    return { code, ...output };
  } finally {
    for (const each of restore) each();
  }
}

function withEnvironment(environment: Readonly<Record<string, string>>): () => void {
  const before = { ...process.env };
  for (const name of Object.keys(before)) if (name.startsWith('RADMETER_')) delete process.env[name];
  Object.assign(process.env, environment);
  return () => {
    process.env = before;
  };
}

/** yargs prints help by console.log, which vitest takes before it gets to the stream. */
function capturedConsole(output: { stdout: string }): () => void {
  const { log } = console;
  console.log = (text: unknown) => {
    output.stdout += `${stripVTControlCharacters(String(text))}\n`;
  };
  return () => {
    console.log = log;
  };
}

function captured(name: 'stdout' | 'stderr', output: { stdout: string; stderr: string }): () => void {
  const stream = process[name];
  const { write } = stream;
  stream.write = (text: unknown) => {
    output[name] += stripVTControlCharacters(String(text));
    return true;
  };
  return () => {
    stream.write = write;
  };
}
