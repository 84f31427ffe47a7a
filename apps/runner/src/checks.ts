import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rm, statfs, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { TouchstoneError, type ErrorFamily } from "@touchstone/core";
import {
  hubSettings,
  installedDevices,
  listCachedModels,
  loadLanguageModel,
  loadRewardModel,
  RUNTIME,
} from "@touchstone/inference";
import { inspectPool, POOL_VERSION } from "@touchstone/pool";
import { modelFiles } from "./manifest.ts";
import { listModels, type ModelEntry } from "./models.ts";
import { ROOT } from "./places.ts";
import { bytes as inUnits } from "./download-progress.ts";

/** One thing that `doctor` looked at. */
export interface Check {
  readonly name: string;
  readonly state: "ok" | "warning" | "failed";
  readonly says: string;
  /** Of what failed: decides the exit code. */
  readonly family?: ErrorFamily;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Below this, drawing will soon stop: the pool's log alone takes 64 MB. */
const LITTLE_SPACE = 1e9;

export function checkNode(): Check {
  const { node } = process.versions;
  const says = `Node ${node}`;
  return Number(node.split(".", 1)[0]) >= 24
    ? { name: "node", state: "ok", says, details: { version: node } }
    : { name: "node", state: "failed", says: `${says}; 24 is needed: start it by ./touchstone`, family: "engine" };
}

export async function checkEngine(): Promise<Check> {
  const devices = await installedDevices();
  const list = devices.map(({ device, installed }) => `${device} ${installed ? "installed" : "not installed"}`);
  return {
    name: "engine",
    state: "ok",
    says: `${RUNTIME}: ${list.join(", ")}`,
    details: { runtime: RUNTIME, devices },
  };
}

export async function checkInstallation(): Promise<Check> {
  // The launcher runs before anything is installed, so that it is no package to depend on.
  const launcher = pathToFileURL(join(ROOT, "tools", "launch", "installation.mjs")).href;
  const { missingFromInstallation } = (await import(launcher)) as {
    missingFromInstallation(root: string, mode: "run" | "dev"): string | undefined;
  };
  const missing = missingFromInstallation(ROOT, "run");
  if (missing !== undefined) return { name: "installation", state: "failed", says: missing, family: "storage" };
  const forDevelopment = missingFromInstallation(ROOT, "dev");
  const says = forDevelopment === undefined ? "complete, development included" : "complete for running";
  return { name: "installation", state: "ok", says, details: { development: forDevelopment === undefined } };
}

export function checkPool(folder: string): Check {
  const inspected = inspectPool(folder);
  const { state, version, bytes, owner } = inspected;
  const base = { name: "pool", details: { ...inspected } };
  if (state === "foreign") {
    return { ...base, state: "failed", family: "pool", says: `${folder} holds something other than a pool` };
  }
  if (state !== "pool") return { ...base, state: "ok", says: `none in ${folder} yet; the first run makes it` };
  if (version !== POOL_VERSION) {
    const says = `${folder} is of version ${version ?? "unknown"}, this Touchstone reads ${POOL_VERSION}`;
    return { ...base, state: "failed", family: "pool", says };
  }
  const says = `${folder}, ${(bytes / 1e6).toFixed(0)} MB`;
  return owner
    ? { ...base, state: "warning", says: `${says}, in use by process ${owner.pid} on ${owner.host}` }
    : { ...base, state: "ok", says };
}

/** One check a built-in model: it is loaded as a run would load it, and its files are hashed. */
export async function checkModels(): Promise<Check[]> {
  const models = await listModels();
  if (models.length === 0) {
    return [{ name: "models", state: "failed", says: "there are no built-in models", family: "input" }];
  }
  const checks: Check[] = [];
  for (const model of models) checks.push(await checkModel(model));
  return checks;
}

async function checkModel({ name, role, path, planted }: ModelEntry): Promise<Check> {
  try {
    const model = role === "policy" ? await loadLanguageModel(path) : await loadRewardModel(path);
    await model.close();
    const { identity, size } = model;
    const says = `${role}, ${(size.total / 1e6).toFixed(2)} M parameters, revision ${identity.revision.slice(0, 12)}`;
    const details = { role, planted, revision: identity.revision, files_sha256: await modelFiles(path) };
    return { name: `model ${name}`, state: "ok", says, details };
  } catch (error) {
    if (!(error instanceof TouchstoneError)) throw error;
    return { name: `model ${name}`, state: "failed", says: error.message, family: error.family };
  }
}

/** Where models of the hub come from and lie, and whether there is a token for gated ones. Nothing is asked of the network. */
export async function checkHub(): Promise<Check> {
  const settings = hubSettings();
  const { endpoint, cache, token, offline } = settings;
  const cached = await listCachedModels(settings);
  const bytes = cached.reduce((sum, model) => sum + model.bytes, 0);
  const partly = cached.filter(({ complete }) => !complete).length;
  const says = [
    offline ? "offline (HF_HUB_OFFLINE)" : endpoint,
    token ? `token from ${token.source}` : "no token: gated models need one (HF_TOKEN)",
    cached.length === 0
      ? `no model in ${cache}`
      : `${cached.length} in ${cache}, ${inUnits(bytes)}${partly === 0 ? "" : `, ${partly} of them in part`}`,
  ];
  const details = { endpoint, offline, cache, token_from: token?.source ?? null, models: cached };
  return { name: "models of the hub", state: "ok", says: says.join("; "), details };
}

/** Whether files can be made in a folder, or in the first one above it that exists. Leaves nothing behind. */
export async function checkFolder(name: string, folder: string): Promise<Check[]> {
  const existing = firstExisting(folder);
  const probe = join(existing, `.touchstone-${randomUUID()}`);
  try {
    await mkdir(probe);
    await writeFile(join(probe, "probe"), "x");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return [{ name, state: "failed", says: `${folder} cannot be written to (${code})`, family: "storage" }];
  } finally {
    await rm(probe, { recursive: true, force: true }).catch(() => undefined);
  }
  const { bavail, bsize } = await statfs(existing);
  const free = bavail * bsize;
  const says = `${folder} can be written to, ${(free / 1e9).toFixed(1)} GB free`;
  return [{ name, state: free < LITTLE_SPACE ? "warning" : "ok", says, details: { folder, free_bytes: free } }];
}

function firstExisting(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : firstExisting(dirname(folder));
}
