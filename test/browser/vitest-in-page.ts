/**
 * What the engines' suite uses of vitest, for a page: tests are collected by `describe` and `it` as usual and run one after the
 * other. `expect` is vitest's own.
 */
import * as kit from '@vitest/expect';
import { compareQuickly } from '../support/equality.ts';

type Body = () => unknown;

interface Test {
  readonly name: string;
  readonly body: Body;
}

interface Group {
  readonly name: string;
  readonly before: Body[];
  readonly after: Body[];
  readonly members: (Test | Group)[];
}

/** How the tests of a page ended. */
export interface PageReport {
  readonly passed: number;
  /** Names and messages of those that failed. */
  readonly failed: readonly string[];
}

const root: Group = { name: '', before: [], after: [], members: [] };
let current = root;

kit.chai.use(kit.JestExtend);
kit.chai.use(kit.JestChaiExpect);
kit.chai.use(kit.JestAsymmetricMatchers);
compareQuickly(kit.addCustomEqualityTesters);

type Expect = typeof import('vitest').expect;
export const expect: Expect = ((value: unknown, message?: string) =>
  kit.chai.expect(value, message)) as unknown as Expect;
Object.assign(expect, kit.chai.expect, {
  getState: () => kit.getState(expect as never),
  setState: (state: object) => kit.setState(state, expect as never),
});
expect.setState({ assertionCalls: 0 });
Object.defineProperty(globalThis, kit.GLOBAL_EXPECT, { value: expect, writable: true, configurable: true });
for (const name of [
  'any',
  'anything',
  'arrayContaining',
  'objectContaining',
  'stringContaining',
  'stringMatching',
]) {
  const matcher = (kit.chai.expect as unknown as Record<string, unknown>)[name];
  if (matcher !== undefined) Object.assign(expect, { [name]: matcher });
}

function describeGroup(name: string, define: () => void): void {
  const outer = current;
  const group: Group = { name, before: [], after: [], members: [] };
  outer.members.push(group);
  current = group;
  define();
  current = outer;
}

/** `name` with what the row has for %s, %d, %i and $property. */
function nameFor(name: string, row: readonly unknown[]): string {
  const rest = [...row];
  const filled = name.replaceAll(/%[sdijo]/g, () => String(rest.shift()));
  return filled.replaceAll(/\$(\w+)/g, (_, key: string) => String((row[0] as Record<string, unknown>)[key]));
}

type Row = readonly unknown[];
const rowsOf = (table: readonly unknown[]): Row[] => table.map((row) => (Array.isArray(row) ? row : [row]));

export const describe: object = Object.assign(describeGroup, {
  each: (table: readonly unknown[]) => (name: string, define: (...args: Row) => void) => {
    for (const row of rowsOf(table)) describeGroup(nameFor(name, row), () => define(...row));
  },
});

const test = (name: string, body: Body): void => void current.members.push({ name, body });
export const it: object = Object.assign(test, {
  each: (table: readonly unknown[]) => (name: string, body: (...args: Row) => unknown) => {
    for (const row of rowsOf(table)) test(nameFor(name, row), () => body(...row));
  },
});
export const beforeAll = (body: Body): void => void current.before.push(body);
export const afterAll = (body: Body): void => void current.after.push(body);

/** Runs what was collected. */
export async function runPage(): Promise<PageReport> {
  const failed: string[] = [];
  let passed = 0;
  const attempt = async (name: string, bodies: readonly Body[]): Promise<boolean> => {
    try {
      for (const body of bodies) await body();
      return true;
    } catch (error) {
      failed.push(`${name}: ${String(error)}`);
      return false;
    }
  };
  const runGroup = async (group: Group, path: string): Promise<void> => {
    if (!(await attempt(`${path} (before)`, group.before))) return;
    for (const member of group.members) {
      const name = `${path} > ${member.name}`;
      if ('members' in member) await runGroup(member, name);
      else if (await attempt(name, [member.body])) passed++;
    }
    await attempt(`${path} (after)`, group.after);
  };
  await runGroup(root, '');
  return { passed, failed };
}
