// Reads a JSON list of texts and writes what js-yaml makes of each: `{value}` or `{refused}`.
// Mappings are lists of pairs, so that their order and every kind of key survive.
const yaml = require("js-yaml");

function plain(value, around = []) {
  if (value === undefined) return null;
  if (typeof value === "number") return { number: String(value).replace("Infinity", "inf") };
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Date) return { date: value.toISOString() };
  if (value instanceof Uint8Array) return { binary: Buffer.from(value).toString("base64") };
  if (around.includes(value)) return { endless: true };
  const inside = [...around, value];
  if (Array.isArray(value)) return value.map((item) => plain(item, inside));
  return { mapping: Object.entries(value).map(([key, item]) => [key, plain(item, inside)]) };
}

function read(text) {
  try {
    return { value: plain(yaml.load(text)) };
  } catch (error) {
    if (error instanceof yaml.YAMLException) return { refused: error.reason };
    throw error;
  }
}

const texts = JSON.parse(require("fs").readFileSync(0, "utf-8"));
process.stdout.write(JSON.stringify(texts.map(read)));
