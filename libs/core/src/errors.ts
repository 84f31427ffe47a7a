/** Exit codes of the command, one per family of causes; `docs/cli.md` prints this table. */
export const EXIT_CODES = {
  ok: 0,
  internal: 1,
  usage: 2,
  input: 3,
  pool: 4,
  storage: 5,
  engine: 6,
  interrupted: 130,
} as const;

export type ErrorFamily = Exclude<keyof typeof EXIT_CODES, "ok">;

export interface ErrorDetails {
  /** Stable, kebab-case, searchable: `unknown-method`, `corrupt-safetensors`. */
  readonly code: string;
  readonly family: ErrorFamily;
  /** One sentence: what is wrong. */
  readonly what: string;
  /** The value received, as the user would recognise it. */
  readonly value?: unknown;
  /** One sentence: what to do now. */
  readonly fix: string;
  readonly cause?: unknown;
}

/** An error that a user can cause. Printed as one message, never with a stack trace. */
export class TouchstoneError extends Error {
  readonly code: string;
  readonly family: ErrorFamily;
  readonly what: string;
  readonly value: unknown;
  readonly fix: string;

  constructor(details: ErrorDetails) {
    super(formatError(details), { cause: details.cause });
    this.name = "TouchstoneError";
    this.code = details.code;
    this.family = details.family;
    this.what = details.what;
    this.value = details.value;
    this.fix = details.fix;
  }

  get exitCode(): number {
    return EXIT_CODES[this.family];
  }
}

function formatError({ code, what, value, fix }: ErrorDetails): string {
  const received = value === undefined ? "" : ` Received: ${display(value)}.`;
  return `${code}: ${what}${received} ${fix}`;
}

function display(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

const CONTINUE = "Run the same command again, or `./touchstone resume <run>`, to continue.";

/** The error to throw where work stops because an `AbortSignal` fired (Ctrl-C, a time limit). */
export function interrupted(phase: string, fix = CONTINUE): TouchstoneError {
  return new TouchstoneError({
    code: "interrupted",
    family: "interrupted",
    what: `Stopped during ${phase}; everything finished before is kept.`,
    fix,
  });
}

/** Throws `interrupted(phase)` if the signal has fired. */
export function throwIfInterrupted(signal: AbortSignal | undefined, phase: string): void {
  if (signal?.aborted) throw interrupted(phase);
}
