import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommanderError } from "@commander-js/extra-typings";
import { EXIT_CODES, TouchstoneError } from "@touchstone/core";

/** What a command that failed says, and how it ends. Nothing is said where the command-line library has spoken (help). */
export interface Failure {
  readonly message: string | undefined;
  readonly exitCode: number;
}

/** A bug's stack trace goes into a file of `logFolder`; nothing else is written. */
export function failureOf(error: unknown, argv: readonly string[], logFolder = tmpdir()): Failure {
  if (error instanceof CommanderError) return commandLineFailure(error, argv);
  if (error instanceof TouchstoneError && error.family !== "internal") {
    return { message: error.message, exitCode: error.exitCode };
  }
  const summary = error instanceof Error ? error.message.split("\n", 1)[0]! : String(error);
  const what = error instanceof TouchstoneError ? summary : `internal-error: Touchstone failed by a bug (${summary}).`;
  return {
    message: `${what} ${logged(error, argv, logFolder)} What was drawn is kept.`,
    exitCode: EXIT_CODES.internal,
  };
}

function logged(error: unknown, argv: readonly string[], folder: string): string {
  const path = join(folder, `touchstone-error-${process.pid}.log`);
  const trace = error instanceof Error ? traceOf(error) : String(error);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      path,
      `${new Date().toISOString()}\nNode ${process.version}\narguments: ${JSON.stringify(argv)}\n\n${trace}\n`,
    );
    return `Please report it with the details in ${path}.`;
  } catch {
    return `The details could not be written to ${path}.`;
  }
}

function traceOf(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by: ${traceOf(error.cause)}` : own;
}

/** `error: unknown option '--x'\n(Did you mean --y?)` in the form of our own messages. */
function commandLineFailure(error: CommanderError, argv: readonly string[]): Failure {
  if (error.exitCode === 0) return { message: undefined, exitCode: EXIT_CODES.ok };
  if (error.code === "commander.help") return { message: undefined, exitCode: EXIT_CODES.usage };
  const [said = "", hint] = error.message.replace(/^error: /, "").split("\n");
  const code = error.code.replace(/^commander\./, "").replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const value = /'([^']*)'/.exec(said)?.[1];
  const command = /^[a-z]+$/.test(argv[0] ?? "") && code !== "unknown-command" ? ` ${argv[0]}` : "";
  const usage = new TouchstoneError({
    code,
    family: "usage",
    what: `${said.charAt(0).toUpperCase()}${said.slice(1).replace(/\.?$/, ".")}`,
    ...(value === undefined ? {} : { value }),
    fix: `${hint === undefined ? "" : `${hint.replaceAll(/[()]/g, "")} `}See \`./touchstone${command} --help\`.`,
  });
  return { message: usage.message, exitCode: usage.exitCode };
}
