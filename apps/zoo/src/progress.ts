import { appendFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/** What a stage says while it works: to the terminal (stderr) and to a log that a later run goes on with. */
export class Progress {
  readonly #path: string;
  readonly #stage: string;

  constructor(path: string, stage: string) {
    this.#path = path;
    this.#stage = stage;
  }

  async say(text: string): Promise<void> {
    const line = `${new Date().toISOString()} ${this.#stage}: ${text}\n`;
    process.stderr.write(line);
    await mkdir(dirname(this.#path), { recursive: true });
    await appendFile(this.#path, line);
  }
}

/** 3723 → "1 h 02 min", 62 → "1 min 02 s". */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
  return whole >= 60 ? `${Math.floor(whole / 60)} min ${two(whole % 60)} s` : `${whole} s`;
}

/** Work per second over the last stretch and the time left at that pace. */
export class Pace {
  #since = performance.now();
  #done = 0;

  add(amount: number): void {
    this.#done += amount;
  }

  /** "3,900 tok/s, 12 min 03 s left"; begins a new stretch. */
  report(unit: string, left: number): string {
    const now = performance.now();
    const rate = this.#done / ((now - this.#since) / 1000);
    this.#since = now;
    this.#done = 0;
    return `${Math.round(rate).toLocaleString("en")} ${unit}/s, ${duration(left / rate)} left`;
  }
}
