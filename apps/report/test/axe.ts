import { join } from "node:path";
import type { Page } from "playwright-core";

interface Axe {
  run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}

/** What axe-core finds wrong with a page for those who cannot see it well; the page must be opened with `bypassCSP`. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: join(import.meta.dirname, "../../../node_modules/axe-core/axe.min.js") });
  const { violations } = await page.evaluate(() => (window as unknown as { axe: Axe }).axe.run({}));
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}
