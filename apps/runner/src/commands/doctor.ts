import { resolve } from "node:path";
import { EXIT_CODES } from "@touchstone/core";
import {
  checkEngine,
  checkFolder,
  checkHub,
  checkInstallation,
  checkModels,
  checkNode,
  checkPool,
  type Check,
} from "../checks.ts";
import { print, type Context } from "../context.ts";
import { PLACES } from "../places.ts";

export interface DoctorOptions {
  readonly pool?: string | undefined;
  readonly out?: string | undefined;
  readonly json?: true | undefined;
  /** Address of a server to look at instead. */
  readonly backend?: string | undefined;
  readonly model?: string | undefined;
}

const SIGNS = { ok: "ok      ", warning: "warning ", failed: "FAILED  " } as const;

/** `doctor`: everything a run stands on. Ends with 0 where nothing failed, else with the code of the first failure. */
export async function doctor(options: DoctorOptions, { interruption }: Pick<Context, "interruption">): Promise<void> {
  const { pool, out, json, backend } = options;
  if (backend !== undefined) {
    const { doctorBackend } = await import("./doctor-backend.ts");
    return doctorBackend({ ...options, backend }, interruption.signal);
  }
  const poolFolder = resolve(pool ?? PLACES.pool);
  const checks: readonly Check[] = [
    checkNode(),
    await checkEngine(),
    await checkInstallation(),
    checkPool(poolFolder),
    ...(await checkFolder("pool folder", poolFolder)),
    ...(await checkFolder("runs folder", resolve(out ?? PLACES.reports))),
    ...(await checkModels()),
    await checkHub(),
  ];
  const failed = checks.find(({ state }) => state === "failed");
  if (json) print(JSON.stringify({ ok: failed === undefined, checks }, null, 2));
  else for (const { name, state, says } of checks) print(`${SIGNS[state]}${name}: ${says}`);
  process.exitCode = failed === undefined ? EXIT_CODES.ok : EXIT_CODES[failed.family ?? "internal"];
}
