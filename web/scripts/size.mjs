// First load is the entry script, what it imports statically, and the home page's chunk. The player comes later.
import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_KIB = 60;
const assets = new URL("../dist/assets/", import.meta.url);
const entry = /src="\.\/assets\/([^"]+\.js)"/.exec(readFileSync(new URL("../index.html", assets), "utf8"))?.[1];
if (!entry) throw new Error("dist/index.html names no script; run `npm run build` first");

const seen = new Map();
function visit(name) {
  if (seen.has(name)) return;
  const text = readFileSync(new URL(name, assets), "utf8");
  seen.set(name, gzipSync(text, { level: 9 }).length / 1024);
  for (const match of text.matchAll(/(?:from|import)\s*["'`]\.\/([^"'`]+\.js)["'`]/g)) visit(match[1]);
}

visit(entry);
for (const name of readdirSync(assets)) if (/^(app|home)-.*\.js$/.test(name)) visit(name);
const total = [...seen.values()].reduce((a, b) => a + b, 0);
for (const [name, size] of seen) console.log(`${size.toFixed(1).padStart(6)} KiB  ${name}`);
console.log(`${total.toFixed(1).padStart(6)} KiB  first load (limit ${LIMIT_KIB} KiB, gzip)`);
if (total > LIMIT_KIB) process.exit(1);
