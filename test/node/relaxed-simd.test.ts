import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const library = new URL('../../dist/node.js', import.meta.url).href;

/** What a fresh process prints, given options of Node. */
async function printed(source: string, ...options: string[]): Promise<{ stdout: string; stderr: string }> {
  const imports = `
    import { allowRelaxedSimd, detectFeatures } from ${JSON.stringify(library)};
    const found = async () => (await detectFeatures()).relaxedSimd;
  `;
  const args = [...options, '--input-type=module', '--eval', `${imports}${source}`];
  return promisify(execFile)(process.execPath, args);
}

it('allows relaxed SIMD where Node holds it back, says what engines will find, and warns of nothing', async () => {
  // later versions have it without being asked; whether its multiply-add is fused is up to the machine
  const heldBack = Number(process.versions.node.split('.')[0]) < 22;
  const options = heldBack ? ['--experimental-wasm-relaxed-simd'] : [];
  const there = (await printed('console.log(await found());', ...options)).stdout === 'true\n';
  const { stdout, stderr } = await printed(`
    console.log(JSON.stringify([await found(), await allowRelaxedSimd(), await found(), await allowRelaxedSimd()]));
  `);
  expect(JSON.parse(stdout)).toEqual([there && !heldBack, there, there, there]);
  expect(stderr).toBe('');
});
