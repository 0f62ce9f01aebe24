/** The messages that are encoded and decoded, as @bufbuild/protobuf initialises them: the numbers and texts that services really send. */
const item = (index: number): object => ({ sku: `SKU-${1000 + index * 37}-B`, quantity: 1 + (index % 4), price: 19.95 + index });

const order = (index: number): object => ({
  id: `ord_01HF8Z${index}Q7PX`,
  customer: "cus_9182736455",
  createdMs: 1_732_190_000_000n + BigInt(index),
  status: 1,
  items: [item(index), item(index + 1), item(index + 2)],
  total: 119.85,
  gift: index % 2 === 0,
  note: "Please leave it with the neighbours at number 17, thank you",
  tags: [3, 17, 240 + index],
});

const section = (index: number, depth: number): object => ({
  title: `Section ${index} of the quarterly report`,
  labels: { region: "eu-west", team: `team-${index}`, owner: "Renée Müller", tier: "gold" },
  weights: { cpu: 0.5, memory: 1.25, network: index + 0.125 },
  samples: [1n, 128n, 70_000n, 5_000_000_000n + BigInt(index)],
  orders: [order(index), order(index + 1)],
  body:
    index % 2 === 0 ? { case: "text", value: "The quick brown fox jumps over the lazy dog." } : { case: "reference", value: 4711 + index },
  ...(depth > 0 ? { inner: section(index + 10, depth - 1) } : undefined),
});

export const values: Readonly<Record<"Hello" | "Order" | "Nested" | "Bytes", object>> = {
  Hello: { name: "world" },
  Order: order(4),
  Nested: { sections: [0, 1, 2, 3, 4, 5].map((index) => section(index, 1)), index: { first: section(20, 1), second: section(21, 0) } },
  Bytes: { data: Uint8Array.from({ length: 64 * 1024 }, (_, index) => (index * 31) & 0xff) },
};
