import { writeFile, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { packageFile, unpackArchive, unpackedFolder } from '../../src/node/software-gpu.ts';

/**
 * So that a page has WebGPU without a GPU: on SwiftShader, which lies beside the binary. Pages that do not ask for it are
 * none the wiser.
 */
const FLAGS = [
  '--enable-unsafe-webgpu',
  '--enable-features=Vulkan',
  '--use-angle=vulkan',
  '--disable-vulkan-surface',
  '--ignore-gpu-blocklist',
];

/**
 * The headless Chromium of the package `@sparticuz/chromium`, with the system libraries that it brings. Use it with
 * http://localhost only: TLS would need a library more. Undefined, with one message on the console, where its packages are
 * missing or it does not start.
 */
export async function launchChromium(): Promise<Browser | undefined> {
  try {
    const { chromium } = await import('playwright-core');
    const folder = await unpackedChromium();
    return await chromium.launch({
      executablePath: join(folder, 'chromium'),
      chromiumSandbox: false, // impossible for root, and the pages are our own
      args: FLAGS,
      env: {
        ...process.env,
        LD_LIBRARY_PATH: joined(join(folder, 'lib'), process.env.LD_LIBRARY_PATH),
        // alone: what this process has loaded for itself (src/node/software-gpu.ts) is a SwiftShader too
        VK_ADD_DRIVER_FILES: join(folder, 'vk_swiftshader_icd.json'),
        FONTCONFIG_PATH: process.env.FONTCONFIG_PATH ?? folder,
        XDG_DATA_HOME: '/dev/null', // no store of certificates, which that library would be for
      },
    });
  } catch (error) {
    const [why] = String(error).split('\n', 1);
    console.warn(`skipped, no browser: ${why}`);
    return undefined;
  }
}

/** Where the fonts are; the package's own file names places where it runs as a cloud function. Pages with text need one. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir></fontconfig>
`;

/** The folder with the binary and all that it loads: 200 MB, unpacked in two seconds the first time. */
async function unpackedChromium(): Promise<string> {
  const binary = await packageFile('chromium.br');
  const archives = ['swiftshader', 'al2023', 'fonts'].map((name) => packageFile(`${name}.tar.br`));
  return unpackedFolder('browser', async (folder) => {
    for (const archive of archives) await unpackArchive(await archive, folder);
    await writeFile(join(folder, 'fonts.conf'), FONTS);
    const bytes = await promisify(brotliDecompress)(await readFile(binary));
    await writeFile(join(folder, 'chromium'), bytes, { mode: 0o755 });
  });
}

/** A list of paths as the dynamic loader reads it. */
function joined(...paths: readonly (string | undefined)[]): string {
  return paths.filter((path) => path).join(delimiter);
}
