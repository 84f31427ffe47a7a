import { expect, test } from "vitest";
import { countCapitalWords, isLower, isUpper } from "../../src/ifeval/capital-words.ts";
import { LANGUAGE_CODES, languageOf } from "../../src/ifeval/language.ts";
import { countSentences } from "../../src/ifeval/sentences.ts";

test.each([
  ["", 0],
  ["   \n ", 0],
  ["no full stop", 1],
  ["One. Two.", 2],
  ["One. two.", 2],
  ["What?! Really?", 2],
  ['"Go!" he said.', 2],
  ['He said "Go." Then he left.', 2],
  ["(One.) (Two.)", 2],
  ["Dr. Smith and Mrs. Jones met in the U.S. last Feb. 3 at 5 p.m. sharp.", 1],
  ["He lives in the U.S. He likes it.", 2],
  ["J. R. Smith wrote it.", 1],
  ["Wait... what?", 1],
  ["Wait... The end.", 2],
  ["It costs 3.50 dollars. Cheap.", 2],
  ["See example.com for more.", 1],
  // As Punkt does: the number of a list item is a sentence, a line without a full stop is none.
  ["1. Do this.\n2. Do that.", 4],
  ["* one\n* two\n* three", 1],
  ["Fruits, e.g. apples.", 2],
])("%j has %i sentences", (text, sentences) => {
  expect(countSentences(text)).toBe(sentences);
});

test.each([
  ["I AM", 2],
  ["A B-C D/E", 3],
  ["IT'S JOHN'S, DON'T", 6],
  ["HELLO,WORLD: 12:30PM", 3],
  ["(NASA) [ESA] *JAXA*", 3],
  ["ABC…DEF", 1],
  ["ABC...DEF", 2],
  ["Ünlü ÜNLÜ", 1],
  ["12 34", 0],
])("%j has %i words in capitals", (text, words) => {
  expect(countCapitalWords(text)).toBe(words);
});

test("case is told of letters that have one, and a text without such letters is neither", () => {
  expect(["ABC 1", "AbC", "123", "ß", "Ǆ", "ǅ"].map(isUpper)).toEqual([true, false, false, false, true, false]);
  expect(["abc 1", "aBc", "123", "ß", "नमस्ते", "नमस्ते a"].map(isLower)).toEqual([true, false, false, true, false, true]);
});

/** One greeting in each of the 22 languages that IFEval asks for, and English. */
const GREETINGS = {
  ar: "أنا سعيد لأنك أتيت إلى هنا وسوف نتناول الطعام معا. اليوم هو يوم جيد.",
  bg: "Радвам се, че дойдохте тук и ще обядваме заедно. Днес е хубав ден за всички хора.",
  bn: "আমি খুশি যে আপনি এখানে এসেছেন।",
  de: "Ich freue mich, dass du hierher gekommen bist und wir zusammen essen werden.",
  en: "I am glad that you came here and that we shall eat together. Today is a good day.",
  fa: "خوشحالم که به اینجا آمدید و با هم غذا خواهیم خورد. امروز روز خوبی است و من می‌خواهم با شما صحبت کنم.",
  fi: "Olen iloinen, että tulit tänne ja että syömme yhdessä. Tänään on hyvä päivä.",
  gu: "મને આનંદ છે કે તમે અહીં આવ્યા છો.",
  hi: "मुझे खुशी है कि आप यहाँ आए हैं और हम साथ में भोजन करेंगे। यह एक अच्छा दिन है।",
  it: "Sono felice che tu sia venuto qui e che mangeremo insieme. Oggi è una bella giornata.",
  kn: "ನೀವು ಇಲ್ಲಿಗೆ ಬಂದಿರುವುದು ನನಗೆ ಸಂತೋಷ ತಂದಿದೆ.",
  ko: "여기에 와 주셔서 기쁩니다. 우리는 함께 식사를 할 것입니다.",
  mr: "मला आनंद आहे की तुम्ही येथे आलात आणि आपण एकत्र जेवण करू. हा एक चांगला दिवस आहे.",
  ne: "तपाईं यहाँ आउनुभएकोमा म खुसी छु र हामी सँगै खाना खानेछौं। यो राम्रो दिन हो।",
  pa: "ਮੈਨੂੰ ਖੁਸ਼ੀ ਹੈ ਕਿ ਤੁਸੀਂ ਇੱਥੇ ਆਏ ਹੋ।",
  pt: "Estou feliz que você veio aqui e que vamos comer juntos. Hoje é um bom dia para nós.",
  ru: "Я рад, что вы пришли сюда, и мы вместе пообедаем. Сегодня хороший день.",
  sw: "Nimefurahi kwamba umekuja hapa na tutakula pamoja. Leo ni siku nzuri sana kwa watu wote.",
  ta: "நீங்கள் இங்கு வந்ததில் மகிழ்ச்சி.",
  te: "మీరు ఇక్కడికి వచ్చినందుకు నాకు సంతోషంగా ఉంది.",
  th: "ฉันดีใจที่คุณมาที่นี่",
  ur: "مجھے خوشی ہے کہ آپ یہاں آئے ہیں اور ہم ایک ساتھ کھانا کھائیں گے۔ آج اچھا دن ہے۔",
  vi: "Tôi rất vui vì bạn đã đến đây và chúng ta sẽ ăn cùng nhau. Hôm nay là một ngày đẹp trời.",
};

test("every language that IFEval asks for is told, in capitals too, and no letters tell none", () => {
  for (const [code, text] of Object.entries(GREETINGS)) {
    expect([code, languageOf(text)]).toEqual([code, code]);
    expect([code, languageOf(text.toUpperCase())]).toEqual([code, code]);
    expect(LANGUAGE_CODES).toContain(code);
  }
  expect(["", "123 …", "!?"].map(languageOf)).toEqual([undefined, undefined, undefined]);
});
