import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";

const ARGUMENTS = ["--no-sandbox", "--disable-gpu"];

/** A real browser without a window, or the reason why there is none here. */
export async function launchBrowser(): Promise<Browser | string> {
  try {
    return process.platform === "linux" ? await launchPacked() : await chromium.launch({ channel: "chrome" });
  } catch (error) {
    return `no browser can be started here: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`;
  }
}

/**
 * The packed Chromium, unpacked into a folder of its own: what other programs left in the shared one is not trusted. Test files run side
 * by side, so that the folder is filled under another name and appears whole.
 */
async function launchPacked(): Promise<Browser> {
  const ready = join(tmpdir(), `touchstone-chromium-${process.getuid?.() ?? 0}-whole`);
  if (!existsSync(ready)) {
    const filling = mkdtempSync(`${ready}-`);
    await unpackedIn(filling);
    try {
      renameSync(filling, ready);
    } catch {
      // Another test file was first.
      rmSync(filling, { recursive: true, force: true });
    }
  }
  return chromium.launch({ executablePath: await unpackedIn(ready), args: ARGUMENTS });
}

/** Where the executable is; it is unpacked into the folder unless it is there. */
async function unpackedIn(folder: string): Promise<string> {
  const shared = process.env["TMPDIR"];
  process.env["TMPDIR"] = folder;
  try {
    const { default: packed } = await import("@sparticuz/chromium");
    return await packed.executablePath();
  } finally {
    if (shared === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = shared;
  }
}
