import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import { joinPieces } from "./choice.ts";

/**
 * What the tokens of a served model stand for, learned from its answers: a server draws tokens, but its vocabulary is not here. In a
 * file, a token a line, so that what was drawn by another process can be read; without one, in memory.
 */
export class Vocabulary {
  readonly #pieces = new Map<number, string | Uint8Array>();
  readonly #file: string | undefined;

  constructor(file?: string) {
    this.#file = file;
    if (file === undefined || !existsSync(file)) return;
    for (const line of readFileSync(file, "utf8").split("\n")) {
      const known = parsed(line);
      if (known) this.#pieces.set(known[0], known[1]);
    }
  }

  /** In the file before anything that was drawn with it is handed on. A piece that was learned stays. */
  learn(tokens: readonly number[], pieces: readonly (string | Uint8Array)[]): void {
    const lines: string[] = [];
    for (const [i, token] of tokens.entries()) {
      const piece = pieces[i]!;
      if (this.#pieces.has(token)) continue;
      this.#pieces.set(token, piece);
      lines.push(JSON.stringify([token, typeof piece === "string" ? piece : Array.from(piece)]));
    }
    if (this.#file === undefined || lines.length === 0) return;
    mkdirSync(dirname(this.#file), { recursive: true });
    appendFileSync(this.#file, `${lines.join("\n")}\n`);
  }

  /** Text of tokens. @throws TouchstoneError `unknown-token` */
  decode(tokens: ArrayLike<number>): string {
    return joinPieces(Array.from(tokens, (token) => this.#piece(token)));
  }

  #piece(token: number): string | Uint8Array {
    const piece = this.#pieces.get(token);
    if (piece !== undefined) return piece;
    throw new TouchstoneError({
      code: "unknown-token",
      family: "pool",
      what: "The pool holds a response with a token of which it is not known here what it stands for.",
      value: token,
      fix: `The server says so when it draws it, and it is kept beside the pool${this.#file === undefined ? "" : ` (${this.#file})`}: bring that file here, or draw into a new pool.`,
    });
  }
}

/** A line that was cut off by the death of its process is none. */
function parsed(line: string): readonly [number, string | Uint8Array] | undefined {
  try {
    const [token, piece] = JSON.parse(line) as [number, string | number[]];
    return [token, typeof piece === "string" ? piece : Uint8Array.from(piece)];
  } catch {
    return undefined;
  }
}
