import type { ParamsOptions } from './options.ts';
import { paramsFacts, printJson, setUp, withSession } from './session.ts';

/** The `params` command: digest and counts of the public parameters. */
export async function params(options: ParamsOptions, json: boolean): Promise<void> {
  const facts = await withSession(options, async (session) => {
    const { pp, setup } = await setUp(session, options);
    try {
      return { ...paramsFacts(pp), backend: session.backend.name, ...setup };
    } finally {
      pp.close();
    }
  });
  if (json) return printJson(facts);
  process.stdout.write(
    `digest       ${facts.digest}\n` +
      `constraints  ${facts.constraints.join(' / ')}\n` +
      `variables    ${facts.variables.join(' / ')}\n`,
  );
}
