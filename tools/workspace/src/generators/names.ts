/** Thrown for a name that cannot be given; nx prints its message and writes nothing. */
class NameError extends Error {
  override readonly name = "bad-name";
}

/** The name, if it is one that packages and tables can carry and nobody has. */
export function newName(name: string, taken: (name: string) => boolean): string {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new NameError(`${JSON.stringify(name)} is not a name: use lower-case words joined by dashes (best-of-n).`);
  }
  if (taken(name))
    throw new NameError(`${JSON.stringify(name)} is taken: choose another name, or change what is there.`);
  return name;
}

/** `best-of-n` → `bestOfN`. */
export function identifierOf(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
