import { TouchstoneError } from "@touchstone/core";

/** Where a template wants its data: the text of a `<script type="application/json">`. */
export const PAGE_DATA_PLACEHOLDER = "__TOUCHSTONE_RUN__";

/** A template with its data in it. Throws `bad-template`. */
export function pageWith(template: string, data: object): string {
  const [before, after, ...more] = template.split(PAGE_DATA_PLACEHOLDER);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new TouchstoneError({
      code: "bad-template",
      family: "internal",
      what: `A page's template holds ${PAGE_DATA_PLACEHOLDER} exactly once.`,
      value: `${template.split(PAGE_DATA_PLACEHOLDER).length - 1} times`,
      fix: "Build the template anew (remove node_modules/.cache/touchstone).",
    });
  }
  return before + embeddable(data) + after;
}

/** JSON that can stand inside a script element: no `<`, hence neither `</script` nor `<!--`. */
function embeddable(data: object): string {
  return JSON.stringify(data).replaceAll("<", String.raw`\u003c`);
}
