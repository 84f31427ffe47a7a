import { expect, test } from "vitest";
import { followedStrictly } from "../../src/ifeval/graders.ts";
import { INSTRUCTION_IDS, parseInstructions, type InstructionId } from "../../src/ifeval/instruction.ts";

const follows = (response: string, id: InstructionId, kwargs: object) =>
  followedStrictly(response, parseInstructions(JSON.stringify([{ id, ...kwargs }])))[0]!;

interface Examples {
  readonly with: object;
  readonly yes: readonly string[];
  readonly no: readonly string[];
}

/** By the published rules of each type: what follows, what does not, and what is at the edge of either. */
const EXAMPLES: Record<InstructionId, readonly Examples[]> = {
  "change_case:capital_word_frequency": [
    {
      with: { capital_relation: "at least", capital_frequency: 3 },
      // DON'T is two tokens, DO and N'T; a hyphen joins, and so does the full stop of U.S.
      yes: ["I am A BIG fan", "STOP! GO. WAIT", "DON'T RUN", "A1 B2 C3"],
      no: ["Big Fan Of It", "WELL-KNOWN U.S. case", "IPhone MacOS", "123 456 789"],
    },
    {
      with: { capital_relation: "less than", capital_frequency: 2 },
      yes: ["no capitals", "only ONE word"],
      no: ["I AM", "NOT one BUT two"],
    },
  ],
  "change_case:english_capital": [
    {
      with: {},
      yes: ["THIS IS A WHOLE SENTENCE ABOUT THE WEATHER, AND IT HAS 3 COMMAS, SAY."],
      no: [
        "THIS IS A WHOLE SENTENCE ABOUT THE WEATHEr",
        "DAS IST EIN GANZER SATZ ÜBER DAS WETTER UND DIE LEUTE DORT",
        "1, 2, 3",
      ],
    },
  ],
  "change_case:english_lowercase": [
    {
      with: {},
      yes: ["this is a whole sentence about the weather, and it has 3 commas, say."],
      no: [
        "This is a whole sentence about the weather",
        "das ist ein ganzer satz über das wetter und die leute dort",
        "1, 2, 3",
      ],
    },
  ],
  "combination:repeat_prompt": [
    {
      with: { prompt_to_repeat: "Write a Poem.  " },
      yes: ["write a poem. Roses are red", "\n WRITE A POEM."],
      no: ["Sure! Write a Poem.", "Write a  Poem."],
    },
  ],
  "combination:two_responses": [
    {
      with: {},
      yes: ["one\n******\ntwo", "******\none\n******\ntwo\n******"],
      no: ["one", "one******one", " one ******one", "one******two******three", "one************two"],
    },
  ],
  "detectable_content:number_placeholders": [
    {
      with: { num_placeholders: 2 },
      yes: ["[name] and [address]", "[a [b] and [c]", "[] []"],
      no: ["[name]", "[over\nlines] [one]", "] [", "[[a]"],
    },
  ],
  "detectable_content:postscript": [
    {
      with: { postscript_marker: "P.S." },
      yes: ["Bye.\nP.S. more", "p. s. more"],
      no: ["PS more", "P.S more", "p.  s."],
    },
    { with: { postscript_marker: "P.P.S" }, yes: ["P.P.S more", "P. P. S. more"], no: ["P.S. more", "PPS"] },
    { with: { postscript_marker: "N.B." }, yes: ["n.b. more"], no: ["nxbx more"] },
  ],
  "detectable_format:constrained_response": [
    {
      with: {},
      yes: ["My answer is yes.", "Well: My answer is maybe. Truly."],
      no: ["my answer is yes.", "My answer is yes", "My answer is perhaps."],
    },
  ],
  "detectable_format:json_format": [
    {
      with: {},
      yes: ['{"a": [1, 2]}', '```json\n{"a": 1}\n```', "```\n[1]\n```", "```JSON\n5```", '"text"'],
      no: ["{a: 1}", 'Here: {"a": 1}', '```json\n{"a": 1}\n```\nDone.', "NaN", "[1,]"],
    },
  ],
  "detectable_format:multiple_sections": [
    {
      with: { section_spliter: "SECTION", num_sections: 2 },
      yes: ["SECTION 1\na\nSECTION 2\nb", "SECTION1 a SECTION2 b", "SECTION 1 SECTION 1", "SECTION\n1 SECTION\n2"],
      no: ["Section 1\nSection 2", "SECTION 1 only", "SECTION one SECTION two", "SECTION  1 SECTION  2"],
    },
    { with: { section_spliter: "Day", num_sections: 1 }, yes: ["Day 10: go", "Sunday1 Day1"], no: ["day 1"] },
  ],
  "detectable_format:number_bullet_lists": [
    {
      with: { num_bullets: 2 },
      yes: ["* a\n* b", "- a\n  - b", "* a\n- b\ntext", "*a\n*b", "text\n---\n- a"],
      no: ["* a", "* a\n* b\n* c", "** bold **\n* a", "1. a\n2. b", "text * a\ntext - b"],
    },
  ],
  "detectable_format:number_highlighted_sections": [
    {
      with: { num_highlights: 2 },
      yes: ["*one* and *two*", "**one** and **two**", "*one* and **two**", "*a**b*"],
      no: ["*one*", "**one**", "*one\nline* *two\nlines*", "** ** * *", "one two"],
    },
  ],
  "detectable_format:title": [
    {
      with: {},
      yes: ["<<Title>>\ntext", "text <<a>>", "<< a > b >>"],
      no: ["<Title>", "<<>>", "<<  >>", "<<over\nlines>>", ">>a<<"],
    },
  ],
  "keywords:existence": [
    {
      with: { keywords: ["Le", "hou"] },
      yes: ["LEGHORN in the house", "le hou"],
      no: ["le", "hou", "l e h o u"],
    },
  ],
  "keywords:forbidden_words": [
    {
      with: { forbidden_words: ["field", "c++", "né"] },
      yes: ["fields and airfield", "battle_field", "c plus", "née"],
      no: ["the FIELD.", "a field-day", "field", "in C++!", "il est né."],
    },
  ],
  "keywords:frequency": [
    {
      with: { keyword: "fake", relation: "at least", frequency: 2 },
      yes: ["fake FAKE", "fakefake", "a faker fakes"],
      no: ["fake", "fa ke fake"],
    },
    {
      with: { keyword: "aa", relation: "less than", frequency: 2 },
      // Matches do not overlap: aaa holds one.
      yes: ["aaa", "a", "none"],
      no: ["aaaa", "aa aa"],
    },
  ],
  "keywords:letter_frequency": [
    { with: { letter: "q", let_relation: "at least", let_frequency: 2 }, yes: ["Q and q", "qq"], no: ["q", "none"] },
    { with: { letter: "#", let_relation: "at least", let_frequency: 4 }, yes: ["####", "# # # # b"], no: ["###"] },
    { with: { letter: "!", let_relation: "less than", let_frequency: 1 }, yes: ["no mark."], no: ["a mark!"] },
  ],
  "language:response_language": [
    {
      with: { language: "de" },
      yes: ["Ich freue mich, dass du hierher gekommen bist und wir zusammen essen.", "1234 …"],
      no: ["I am glad that you came here and that we shall eat together.", "मुझे खुशी है कि आप यहाँ आए हैं।"],
    },
  ],
  "length_constraints:nth_paragraph_first_word": [
    {
      with: { first_word: "Weekend", num_paragraphs: 2, nth_paragraph: 2 },
      yes: ["One.\n\nWeekend plans", "One.\n\n\"weekend's end", "One\nstill one.\n\n WEEKEND, it is"],
      no: [
        "One.\n\nThe weekend",
        "One.\n\nTwo.\n\nweekend",
        "weekend",
        "One.\nweekend",
        "One.\n\n\n\nweekend",
        "One.\n\nweekends",
      ],
    },
    // A blank piece is no paragraph, yet is counted in the position.
    { with: { first_word: "b", num_paragraphs: 2, nth_paragraph: 1 }, yes: ["b\n\nc"], no: ["\n\nb\n\nc"] },
  ],
  "length_constraints:number_paragraphs": [
    {
      with: { num_paragraphs: 2 },
      yes: ["a\n***\nb", "***a***b***", "a *** b"],
      no: ["a\n\nb", "a***b***c", "a***\n***b", "a"],
    },
  ],
  "length_constraints:number_sentences": [
    {
      with: { relation: "at least", num_sentences: 3 },
      yes: ["One. Two! Three?", 'He said "go." She left. They slept.'],
      no: ["One. Two", "Mr. Smith met Dr. Jones. Done.", "no full stops\nat the ends\nof lines"],
    },
    { with: { relation: "less than", num_sentences: 2 }, yes: ["One sentence, at 3.5 percent."], no: ["One. Two."] },
  ],
  "length_constraints:number_words": [
    {
      with: { relation: "at least", num_words: 4 },
      yes: ["one two three four", "don't stop me", "naïve_café — three 4 five"],
      no: ["one two three", "one-two -- ... !", "under_score is one"],
    },
    { with: { relation: "less than", num_words: 2 }, yes: ["one", "…"], no: ["one two"] },
  ],
  "punctuation:no_comma": [{ with: {}, yes: ["no mark; none", "fullwidth，"], no: ["one, two", ","] }],
  "startend:end_checker": [
    {
      with: { end_phrase: " Is there anything else? " },
      yes: ["Bye. is there ANYTHING else?", '"Is there anything else?" \n'],
      no: ["Is there anything else? Yes.", "Is there anything else", "Is there anything else?'"],
    },
  ],
  "startend:quotation": [
    { with: {}, yes: ['"all of it"', ' "" \n'], no: ['"', '"open', 'close"', "“curly”", "'single'"] },
  ],
};

test("there are 25 types of instructions", () => {
  expect(INSTRUCTION_IDS).toHaveLength(25);
});

for (const id of INSTRUCTION_IDS) {
  for (const { with: kwargs, yes, no } of EXAMPLES[id]) {
    test(`${id} ${JSON.stringify(kwargs)}`, () => {
      expect(yes.filter((response) => !follows(response, id, kwargs))).toEqual([]);
      expect(no.filter((response) => follows(response, id, kwargs))).toEqual([]);
    });
  }
}

test("a blank response follows nothing, not even what forbids", () => {
  for (const [id, kwargs] of [
    ["punctuation:no_comma", {}],
    ["keywords:forbidden_words", { forbidden_words: ["a"] }],
    ["length_constraints:number_words", { relation: "less than", num_words: 9 }],
  ] as const)
    expect([" \n", "x"].map((response) => follows(response, id, kwargs))).toEqual([false, true]);
});
