import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ResultRow } from "@touchstone/core";
import { renderPage, writePage } from "@touchstone/report";
import type { simulatedRun } from "@touchstone/report/simulated-run";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { pageTemplate } from "../src/index.ts";
import { launchBrowser } from "./browser.ts";

// A test takes a second or two on a quiet machine; on a busy one it may take many times as long.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

type Run = ReturnType<typeof simulatedRun>;

/** Of a simulated run. */
export const rewardModels = ["arith-good", "arith-small", "arith-blind"];

export function labelOf({ method, parameters }: Pick<ResultRow, "method" | "parameters">): string {
  const { convention } = JSON.parse(parameters) as { convention?: string };
  return convention === undefined ? method : `${method} (${convention})`;
}

/** Pages of runs in a real browser without a network, and everything they complained of or asked for. */
export class OpenedPages {
  readonly complaints: string[] = [];
  readonly requests: string[] = [];
  readonly folder: string;
  readonly #browser: Browser;

  constructor(browser: Browser, folder: string) {
    this.#browser = browser;
    this.folder = folder;
  }

  /** Writes the page of a run; where it lies. */
  async write(name: string, run: Run): Promise<string> {
    return writePage(join(this.folder, name), renderPage(await pageTemplate(), run));
  }

  /** Opens a page in a context of its own, and waits for its plots. */
  async open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const viewport = { width: 1280, height: 900 };
    const context = await this.#browser.newContext({ viewport, offline: true, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    page.on("console", (message) => this.complaints.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("request", (request) => this.requests.push(request.url()));
    await page.goto(pathToFileURL(path).href);
    await page.waitForFunction(() => {
      const places = document.querySelectorAll(".plot");
      return (
        (places.length > 0 || document.querySelector("#rewards") !== null) &&
        [...places].every((place) => place.querySelector("svg") !== null)
      );
    });
    return page;
  }
}

const launched = await launchBrowser();
const reason = typeof launched === "string" ? launched : "";
if (reason !== "" && process.env["TOUCHSTONE_NO_SKIP"] === "1") throw new Error(reason);

/** Declares tests of opened pages, skipped where no browser can be started; at the end none may have complained of anything. */
export function describePages(what: string, tests: (pages: () => OpenedPages) => void): void {
  describe.skipIf(reason !== "")(`${what}${reason && ` (skipped: ${reason})`}`, () => {
    let pages: OpenedPages;
    beforeAll(async () => {
      pages = new OpenedPages(launched as Browser, await mkdtemp(join(tmpdir(), "touchstone-page-")));
    });
    afterAll(async () => {
      await (launched as Browser).close();
      await rm(pages.folder, { recursive: true, force: true });
    });

    tests(() => pages);

    it("has complained of nothing in all of this, and asked for nothing but its files", () => {
      expect(pages.complaints).toEqual([]);
      const own = pathToFileURL(pages.folder).href;
      expect(pages.requests.filter((url) => !url.startsWith("data:") && !url.startsWith(own))).toEqual([]);
    });
  });
}
