/** `Retry-After`: seconds, or a date. */
export function secondsOf(header: unknown): number | undefined {
  if (typeof header !== "string") return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}

/** The message of an error's body: `{ error: { message } }`, `{ error }`, `{ message }`, `{ detail }`, or the text itself. */
export function saidIn(text: string): string {
  try {
    const { error, message, detail } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const inner = (error as { readonly message?: unknown } | undefined)?.message;
    return [inner, error, message, detail].find((one): one is string => typeof one === "string") ?? text;
  } catch {
    return text;
  }
}
