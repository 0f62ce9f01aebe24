import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { HeaderDecoder } from "./header-decoder.js";
import { prepareHeaders } from "./prepared-headers.js";

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");

function decode(decoder: HeaderDecoder, hex: string): readonly string[] | undefined {
  const bytes = bytesOf(hex);
  return decoder.decode(bytes, 0, bytes.length)?.fields;
}

const fresh = (): HeaderDecoder => new HeaderDecoder(1 << 20, 1 << 16);

const first = [":method", "GET", ":scheme", "http", ":path", "/", ":authority", "www.example.com"];
const second = [...first, "cache-control", "no-cache"];
const third = [":method", "GET", ":scheme", "https", ":path", "/index.html", ":authority", "www.example.com", "custom-key", "custom-value"];

const status = (code: string, date: string): string[] => [
  ":status",
  code,
  "cache-control",
  "private",
  "date",
  `Mon, 21 Oct 2013 20:13:${date} GMT`,
  "location",
  "https://www.example.com",
];
const cookie = "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";
const found = status("302", "21");
const moved = status("307", "21");
const gzip = [...status("200", "22"), "content-encoding", "gzip", "set-cookie", cookie];

/** RFC 7541 Appendix C: blocks that share one table, and its size after each. */
const appendix: readonly { name: string; tableBytes: number; blocks: readonly (readonly [string, readonly string[], number])[] }[] = [
  {
    name: "C.2, literals and an indexed field",
    tableBytes: 4096,
    blocks: [
      ["400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", ["custom-key", "custom-header"], 55],
      ["040c 2f73 616d 706c 652f 7061 7468", [":path", "/sample/path"], 55],
      ["1008 7061 7373 776f 7264 0673 6563 7265 74", ["password", "secret"], 55],
      ["82", [":method", "GET"], 55],
    ],
  },
  {
    name: "C.3, requests without Huffman code",
    tableBytes: 4096,
    blocks: [
      ["8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", first, 57],
      ["8286 84be 5808 6e6f 2d63 6163 6865", second, 110],
      ["8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65", third, 164],
    ],
  },
  {
    name: "C.4, requests with Huffman code",
    tableBytes: 4096,
    blocks: [
      ["8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", first, 57],
      ["8286 84be 5886 a8eb 1064 9cbf", second, 110],
      ["8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf", third, 164],
    ],
  },
  {
    name: "C.5, responses without Huffman code, in a table of 256 octets",
    tableBytes: 256,
    blocks: [
      [
        "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        found,
        222,
      ],
      ["4803 3330 37c1 c0bf", moved, 222],
      [
        "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
        gzip,
        215,
      ],
    ],
  },
  {
    name: "C.6, responses with Huffman code, in a table of 256 octets",
    tableBytes: 256,
    blocks: [
      [
        "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
        found,
        222,
      ],
      ["4883 640e ffc1 c0bf", moved, 222],
      [
        "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
        gzip,
        215,
      ],
    ],
  },
];

for (const { name, tableBytes, blocks } of appendix) {
  test(`HeaderDecoder reads RFC 7541 Appendix ${name}`, () => {
    const decoder = fresh();
    decoder.table.resize(tableBytes);
    for (const [hex, fields, size] of blocks) {
      assert.deepEqual(decode(decoder, hex), fields);
      assert.equal(decoder.table.bytes, size);
    }
  });
}

interface StoryBlock {
  readonly wire: string;
  readonly fields: readonly string[];
  readonly tableBytes?: number;
}

function runStory(name: string, blocks: readonly StoryBlock[]): void {
  const decoder = fresh();
  for (const [at, block] of blocks.entries()) {
    if (block.tableBytes !== undefined) decoder.limitTable(Math.max(block.tableBytes, 4096));
    assert.deepEqual(decode(decoder, block.wire), block.fields, `${name}, block ${at}`);
  }
}

test("HeaderDecoder reads the stories of hpack-test-case", () => {
  const file = new URL("../../src/hpack/fixtures/hpack-test-case/stories.json", import.meta.url);
  const stories = JSON.parse(readFileSync(file, "utf8")) as Record<string, StoryBlock[]>;
  assert.ok(Object.keys(stories).length >= 15);
  for (const [name, blocks] of Object.entries(stories)) runStory(name, blocks);
});

const checkout = process.env.HPACK_TEST_CASES;
test("HeaderDecoder reads every story of hpack-test-case", { skip: checkout === undefined && "HPACK_TEST_CASES names no checkout" }, () => {
  for (const encoder of readdirSync(checkout as string)) {
    const folder = join(checkout as string, encoder);
    if (encoder === "raw-data" || !existsSync(join(folder, "story_00.json"))) continue;
    for (const story of readdirSync(folder)) {
      const { cases } = JSON.parse(readFileSync(join(folder, story), "utf8")) as {
        cases: { wire: string; headers: object[]; header_table_size?: number }[];
      };
      runStory(
        `${encoder}/${story}`,
        cases.map(({ wire, headers, header_table_size }) => ({
          wire,
          fields: headers.flatMap((header) => Object.entries(header)[0] as [string, string]),
          ...(header_table_size === undefined ? {} : { tableBytes: header_table_size }),
        })),
      );
    }
  }
});

const broken: Readonly<Record<string, string>> = {
  "index 0": "80",
  "an index beyond the tables": "be",
  "a literal whose name index is beyond the tables": "7e 01 61",
  "a string longer than the block": "40 05 61",
  "an integer of six octets": "ff 80 80 80 80 80 01",
  "an integer that never ends": "ff 80 80",
  "a Huffman string with EOS inside": "40 84 ff ff ff ff 01 61",
  "Huffman padding of zeros": "00 81 00 01 61",
  "Huffman padding of a whole octet": "00 82 1f ff 01 61",
  "a table size above the limit": "3f e2 1f",
  "a table size update behind a field": "82 20",
};

for (const [what, hex] of Object.entries(broken)) {
  test(`HeaderDecoder refuses ${what}`, () => assert.equal(decode(fresh(), hex), undefined));
}

test("HeaderDecoder wants the table shrunk once a smaller limit holds", () => {
  const shrunk = fresh();
  shrunk.limitTable(0);
  assert.equal(decode(shrunk, "82"), undefined);
  const obedient = fresh();
  obedient.limitTable(0);
  assert.deepEqual(decode(obedient, "20 82"), [":method", "GET"]);
});

test("HeaderDecoder yields the same object for a repeated block while the table stays as it is", () => {
  const decoder = fresh();
  const bytes = Buffer.from(prepareHeaders([":status", "200", "x-a", "b"]).bytes);
  const list = decoder.decode(bytes, 0, bytes.length);
  assert.equal(decoder.decode(bytes, 0, bytes.length), list);
  decode(decoder, "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572");
  assert.equal(decoder.decode(bytes, 0, bytes.length), list, "literals do not depend on the table");
});

test("HeaderDecoder decodes a block again when the entry behind its index has changed", () => {
  const decoder = fresh();
  decode(decoder, "40 01 61 01 31");
  assert.deepEqual(decode(decoder, "be"), ["a", "1"]);
  assert.deepEqual(decode(decoder, "be"), ["a", "1"]);
  decode(decoder, "40 01 62 01 32");
  assert.deepEqual(decode(decoder, "be"), ["b", "2"]);
  assert.deepEqual(decode(decoder, "bf"), ["a", "1"]);
});

test("HeaderDecoder applies an insertion that repeats, each time", () => {
  const decoder = fresh();
  for (let round = 1; round <= 3; round++) {
    assert.deepEqual(decode(decoder, "40 01 61 01 31"), ["a", "1"]);
    assert.equal(decoder.table.length, round);
  }
});

test("HeaderDecoder keeps its table in step through a list that is too large", () => {
  const decoder = new HeaderDecoder(100, 10);
  const bytes = Buffer.concat([bytesOf("40 01 61 01 31"), Buffer.alloc(50, 0xbe), bytesOf("40 01 62 01 32")]);
  const list = decoder.decode(bytes, 0, bytes.length);
  assert.equal(list?.tooLarge, true);
  assert.deepEqual(list?.fields, []);
  assert.deepEqual(decode(decoder, "be bf"), ["b", "2", "a", "1"]);
});
