/** Ends a run by naming each suite that was skipped: its name says what was missing. */
import type { Reporter, TestModule } from 'vitest/node';

export class SkippedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const module of modules) {
      for (const suite of module.children.suites()) {
        if (suite.state() === 'skipped') process.stderr.write(`radmeter tests: skipped ${suite.name}\n`);
      }
    }
  }
}
