import cliProgress from "cli-progress";

/** A bar on a terminal with a text behind it; one bar after the other. */
export class TerminalBar {
  readonly #stream: NodeJS.WriteStream;
  #shown: cliProgress.SingleBar | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** `anew`: the bar before is left as it was. */
  update(done: number, total: number, text: string, anew: boolean): void {
    if (anew) {
      this.stop();
      this.#shown = new cliProgress.SingleBar({
        stream: this.#stream,
        barsize: 20,
        // Ctrl-C is ours: the library's own handling would end the process before the pool is closed.
        gracefulExit: false,
        format: (options, params, payload: { readonly text: string }) =>
          `${cliProgress.Format.BarFormat(params.progress, options)} ${payload.text}`,
      });
      this.#shown.start(total, done, { text });
    }
    this.#shown?.update(done, { text });
  }

  /** What follows stands on a line of its own. */
  stop(): void {
    this.#shown?.stop();
    this.#shown = undefined;
  }
}
