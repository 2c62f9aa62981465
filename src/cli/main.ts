#!/usr/bin/env node
import { version } from '../../package.json';
import { CYCLES, NovaError } from '../node/index.ts';
import { info } from './info.ts';
import { directProve } from './direct-prove.ts';
import { directVerify } from './direct-verify.ts';
import { helpText, USAGE } from './help.ts';
import { parseCommand, type Command } from './options.ts';
import { params } from './params.ts';
import { prove } from './prove.ts';
import { printJson } from './session.ts';
import { verify } from './verify.ts';

const FAILED = 1;
const WRONG_USE = 2;

/** Runs one command. @returns the exit code */
async function main(argv: readonly string[]): Promise<number> {
  let command: Command;
  try {
    command = parseCommand(argv);
  } catch (error) {
    printError(error, argv.includes('--json'));
    process.stderr.write(`${USAGE}\n`);
    return WRONG_USE;
  }
  try {
    await run(command);
    return 0;
  } catch (error) {
    // `verify` has put its error into its own object
    printError(error, 'json' in command && command.json && !command.name.endsWith('verify'));
    return FAILED;
  }
}

async function run(command: Command): Promise<void> {
  switch (command.name) {
    case 'prove':
      return prove(command.options, command.json);
    case 'verify':
      return verify(command.options, command.json);
    case 'direct prove':
      return directProve(command.options, command.json);
    case 'direct verify':
      return directVerify(command.options, command.json);
    case 'params':
      return params(command.options, command.json);
    case 'info':
      return info(command.engine, command.json);
    case 'help':
      process.stdout.write(`${helpText(CYCLES)}\n`);
      return;
    case 'version':
      process.stdout.write(`${version}\n`);
  }
}

/** One line on stderr; with `--json` an object on stdout too. */
function printError(error: unknown, json: boolean): void {
  const code = error instanceof NovaError ? error.code : 'InternalError';
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`nova-webgpu: ${code}: ${message.replaceAll(/\s*\n\s*/g, ' ')}\n`);
  if (json) printJson({ error: { code, message } });
  if (code === 'InternalError' && error instanceof Error && error.stack)
    process.stderr.write(`${error.stack}\n`);
}

let resultLost = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that goes away (`| head`) has read enough; a full disk has not kept the result.
  if (error.code === 'EPIPE') return;
  printError(new NovaError('FileError', `cannot write the result to stdout: ${error.message}`), false);
  resultLost = true;
  process.exitCode = FAILED;
});
process.stderr.on('error', () => {}); // nowhere left to tell

const code = await main(process.argv.slice(2));
process.exitCode = resultLost ? FAILED : code;
