/** Without a terminal a line is written when it matters, and then one in so many seconds. */
const SECONDS_A_LINE = 15;

/** Where a training stands: one line that is written over on a terminal, a line now and then elsewhere. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  #next = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** `now`: whether the line is written however short ago the last one was. */
  write(line: string, now: boolean): void {
    if (this.#stream.isTTY) {
      this.#stream.write(`\r\u001B[K${line.slice(0, (this.#stream.columns || 80) - 1)}`);
      return;
    }
    const at = performance.now() / 1000;
    if (!now && at < this.#next) return;
    this.#next = at + SECONDS_A_LINE;
    this.#stream.write(`${line}\n`);
  }

  /** What follows stands on a line of its own. */
  stop(): void {
    if (this.#stream.isTTY) this.#stream.write("\r\u001B[K");
  }
}
