const TOKENS = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\s,'"[\]]+))\s*(,|$)/gsy;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

/**
 * The texts of a list as Python prints one, `['a', "b's"]`; numbers and names become texts. Undefined where it is none. Escapes:
 * `\n \t \r \\ \' \" \xhh \uhhhh`.
 */
export function pythonTexts(literal: string): readonly string[] | undefined {
  const inner = /^\s*\[(.*)\]\s*$/s.exec(literal)?.[1];
  if (inner === undefined) return undefined;
  const texts: string[] = [];
  TOKENS.lastIndex = 0;
  let end = false;
  while (!end) {
    const token = TOKENS.exec(inner);
    if (!token) return undefined;
    const [, single, double, bare, separator] = token;
    texts.push(bare ?? unescaped(single ?? double ?? ""));
    end = separator !== ",";
  }
  return texts;
}

function unescaped(text: string): string {
  return text.replaceAll(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(.))/gis,
    (_, hex?: string, unicode?: string, other = "") => {
      const code = hex ?? unicode;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      return ESCAPES[other as string] ?? (/["'\\]/.test(other as string) ? (other as string) : `\\${other}`);
    },
  );
}
