// Checks the list of files that `npm pack --dry-run --json` would publish: every entry point of package.json is in
// it and loads, and nothing is in it that users have no use for. Usage: node check-package.mjs pack.json
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const [pack] = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const files = new Set(pack.files.map((file) => `./${file.path}`));

/** The paths in `exports` or `bin`, whatever the nesting. */
const paths = (entry) => (typeof entry === 'string' ? [entry] : Object.values(entry ?? {}).flatMap(paths));

for (const path of [...paths(manifest.exports), ...paths(manifest.bin)]) {
  assert(files.has(path), `package.json names ${path}, which would not be published`);
}
for (const file of ['./README.md', './LICENSE', './CHANGELOG.md', './SECURITY.md']) {
  assert(files.has(file), `${file} would not be published`);
}
for (const path of files) {
  assert(!/^\.\/(test|bench|demo|node_modules)\//.test(path), `${path} would be published`);
}
for (const path of paths(manifest.exports).filter((path) => path.endsWith('.js'))) {
  assert(Object.keys(await import(pathToFileURL(path))).length > 0, `${path} exports nothing`);
}
assert(
  readFileSync(manifest.bin[manifest.name], 'utf8').startsWith('#!'),
  'the command has no #! line and would not start',
);
console.log(`${files.size} files, ${pack.size} bytes packed, ${pack.unpackedSize} unpacked`);
