import { franc } from "franc";

/**
 * Languages that may be answered: those of langdetect, which IFEval's own verifier asks, by its codes (all but Welsh and traditional Chinese).
 * `franc` knows them by ISO 639-3; without the bound it takes much English for Scots.
 */
const LANGUAGES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    afr: "af",
    arb: "ar",
    ben: "bn",
    bul: "bg",
    cat: "ca",
    ces: "cs",
    cmn: "zh-cn",
    dan: "da",
    deu: "de",
    ell: "el",
    eng: "en",
    ekk: "et",
    fin: "fi",
    fra: "fr",
    guj: "gu",
    heb: "he",
    hin: "hi",
    hrv: "hr",
    hun: "hu",
    ind: "id",
    ita: "it",
    jpn: "ja",
    kan: "kn",
    kor: "ko",
    lit: "lt",
    lvs: "lv",
    mal: "ml",
    mar: "mr",
    mkd: "mk",
    nld: "nl",
    nob: "no",
    npi: "ne",
    pan: "pa",
    pes: "fa",
    pol: "pl",
    por: "pt",
    ron: "ro",
    rus: "ru",
    slk: "sk",
    slv: "sl",
    som: "so",
    spa: "es",
    als: "sq",
    swe: "sv",
    swh: "sw",
    tam: "ta",
    tel: "te",
    tgl: "tl",
    tha: "th",
    tur: "tr",
    ukr: "uk",
    urd: "ur",
    vie: "vi",
  }),
);
const ONLY = [...LANGUAGES.keys()];
export const LANGUAGE_CODES: readonly string[] = [...LANGUAGES.values()];

/**
 * The language of a text by its trigrams (of the first 2,048 characters), as langdetect's code; undefined where it has no letters
 * to tell by. Case makes no difference. Deterministic.
 */
export function languageOf(text: string): string | undefined {
  return LANGUAGES.get(franc(text.toLowerCase(), { only: ONLY, minLength: 1 }));
}
