import { TouchstoneError } from "@touchstone/core";

/**
 * An address without `/v1` and without a slash at its end.
 * @throws TouchstoneError `bad-server-address`
 */
export function rootOf(address: string): string {
  const bad = (what: string, fix: string) =>
    // The address itself may hold a secret.
    new TouchstoneError({ code: "bad-server-address", family: "usage", what, fix });
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw bad("This is no address of a server.", "Write it as in `http://localhost:8000/v1`.");
  }
  const url = new URL(address);
  if (url.username !== "" || url.password !== "" || url.search !== "") {
    throw bad(
      "The address of a server must hold no user, password or query: it is written into every run's folder.",
      "Give the API key as TOUCHSTONE_API_KEY in the environment.",
    );
  }
  return (url.origin + url.pathname).replace(/\/+$/, "").replace(/\/v1$/, "");
}

/**
 * A number of the environment, which says how this machine asks servers.
 * @throws TouchstoneError `bad-setting`
 */
export function setting(name: string, otherwise: number, least: number): number {
  const text = process.env[name];
  if (text === undefined || text.trim() === "") return otherwise;
  const value = Number(text);
  if (Number.isFinite(value) && value >= least) return value;
  throw new TouchstoneError({
    code: "bad-setting",
    family: "usage",
    what: `${name} in the environment must be a number of at least ${least}.`,
    value: text,
    fix: `Set it to a number, or remove it; the default is ${otherwise === Number.POSITIVE_INFINITY ? "no limit" : otherwise}.`,
  });
}
