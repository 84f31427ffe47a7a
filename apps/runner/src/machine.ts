import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { arch, cpus, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Manifest } from "@touchstone/core";
import { ROOT } from "./places.ts";

const run = promisify(execFile);

/** Version, commit and locked dependencies of this clone; null where git or the lock is not there. */
export async function touchstoneOf(): Promise<Manifest["touchstone"]> {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
  const [commit, changes, lock] = await Promise.all([
    git("rev-parse", "HEAD"),
    // Reports and pools lie in the clone: files that git does not know make no other program.
    git("status", "--porcelain", "--untracked-files=no"),
    fileSha256(join(ROOT, "package-lock.json")).catch(() => null),
  ]);
  return { version, commit, dirty: changes === null ? null : changes !== "", lock_sha256: lock };
}

async function git(...args: string[]): Promise<string | null> {
  try {
    const { stdout } = await run("git", ["-C", ROOT, ...args], { env: { ...process.env, GIT_OPTIONAL_LOCKS: "0" } });
    return stdout.trim();
  } catch {
    return null;
  }
}

export function machineOf(onnxruntime: string, device: string): Manifest["machine"] {
  const processors = cpus();
  return {
    node: process.versions.node,
    platform: `${platform()} ${release()} ${arch()}`,
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memory_bytes: totalmem(),
    onnxruntime,
    device,
  };
}

/** sha256 (hex) of a file's bytes. */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
