/**
 * The checks of the verifiers, found in their source text, and the text with a switch at each of them: so every check can be
 * taken out alone, in one bundle.
 */
import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** Files with verifiers, decoders of proofs and decoders of keys; of the functions in them not those of provers. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  'src/nova/recursive-verifier.ts': [],
  'src/nova/recursive-state.ts': [],
  'src/nova/compressed-verifier.ts': [],
  'src/nova/compressed-proof.ts': [],
  'src/nova/compressed-snark.ts': ['setup', 'prove', 'snarkOf'],
  'src/nova/direct-snark.ts': ['setup', 'prove', '#prove'],
  'src/nova/direct-verifier.ts': [],
  'src/nova/direct-keys.ts': [],
  'src/nova/verifier-key.ts': [],
  'src/nova/pinned-key.ts': [],
  'src/spartan/statement.ts': ['checkWitness'],
  'src/spartan/sumcheck.ts': [],
  'src/spartan/outer-sumcheck.ts': [],
  'src/spartan/batch-evaluation.ts': [],
  'src/spartan/snark.ts': ['setup', 'prove', '#prove'],
  'src/spartan/ppsnark-verifier.ts': [],
  'src/spartan/ppsnark-keys.ts': [],
  'src/pcs/ipa.ts': ['setup', 'prove'],
  'src/pcs/hyperkzg.ts': ['prove'],
  'src/pcs/mercury.ts': ['prove'],
  'src/pcs/opening-keys.ts': ['setupKzg', 'checkPolynomial'],
  'src/pcs/pedersen.ts': [],
  // how a file is divided is tried out in test/pcs/ptau.test.ts, with one code for all that may be wrong with it
  'src/pcs/ptau.ts': ['readPtauLayout', 'readSections', 'readExactly'],
  'src/pcs/kzg-key.ts': [],
  'src/r1cs/shape.ts': [],
  'src/wire/reader.ts': [],
  'src/field/random.ts': [],
  'src/field/field.ts': ['inv', 'invBatch', 'constructor', 'intToBytes', 'reduce'],
  'src/curve/curve.ts': ['mul', 'sum', 'toXY'],
  'src/curve/pairing.ts': ['mulG2'],
};

/** Calls that check something or throw. */
const CHECKING =
  /^(await )?(check\w*|pinBytes|r\.end|curve\.check|bn256\.check|E1\.scalar\.check|this\.#ee\.verify|verifier\.verify|verifiers\.\w+\.verify)\(/;

/** Conditions that are put together first and looked at later: each operand of theirs is a check. */
const CONDITIONS = ['sameStart', 'open', 'io'];

/** A check: where it is, and what it refuses. */
export interface Check {
  /** Its number in the bundle. */
  readonly id: number;
  readonly file: string;
  /** The function that it is in. */
  readonly within: string;
  readonly text: string;
}

/** The name of a check in lists. */
export function nameOf({ file, within, text }: Check): string {
  return `${file} ${within}: ${text}`;
}

/** Whether a module has checks, and which functions are not looked into. */
function exempt(file: string): readonly string[] | undefined {
  return Object.hasOwn(FILES, file) ? FILES[file] : undefined;
}

/** All checks, in the order of {@link FILES}. */
export function allChecks(): Check[] {
  const checks: Check[] = [];
  for (const file of Object.keys(FILES)) {
    const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    checks.push(...withSwitches(file, source, checks.length).checks);
  }
  return checks;
}

/** The names of the files with checks, each with the number of its first one. */
export function firstIds(): Map<string, number> {
  const first = new Map<string, number>();
  for (const { file, id } of allChecks()) if (!first.has(file)) first.set(file, id);
  return first;
}

/** Text to put in, and where. */
type Edit = readonly [at: number, text: string];

/**
 * The source with a switch at every check. Three forms are found: `if (a || b) throw` (each operand is a check), `if (a) return`
 * right before a `throw`, and calls of functions that check.
 */
export function withSwitches(file: string, source: string, firstId = 0): { code: string; checks: Check[] } {
  const without = exempt(file) ?? [];
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, true);
  const checks: Check[] = [];
  const edits: Edit[] = [];
  const add = (node: ts.Node, within: string): number => {
    const text = node.getText(tree).replace(/\s+/g, ' ');
    const id = firstId + checks.length;
    checks.push({ id, file, within, text });
    return id;
  };
  const wrap = (node: ts.Node, before: string, after: string) =>
    edits.push([node.getStart(tree), before], [node.getEnd(), after]);

  const visit = (node: ts.Node, within: string): void => {
    const name = functionName(node, tree);
    if (name !== undefined && without.includes(name)) return;
    const inside = name ?? within;
    if (ts.isIfStatement(node) && endsInThrow(node.thenStatement)) {
      for (const operand of operands(node.expression, ts.SyntaxKind.BarBarToken)) {
        wrap(operand, `globalThis.__checks.refuses(${add(operand, inside)}, (`, '))');
      }
    } else if (ts.isIfStatement(node) && ts.isReturnStatement(node.thenStatement) && throwFollows(node)) {
      wrap(node.expression, `globalThis.__checks.admits(${add(node.expression, inside)}, (`, '))');
    } else if (
      ts.isVariableDeclaration(node) &&
      CONDITIONS.includes(node.name.getText(tree)) &&
      node.initializer
    ) {
      for (const operand of operands(node.initializer, ts.SyntaxKind.AmpersandAmpersandToken)) {
        wrap(operand, `globalThis.__checks.admits(${add(operand, inside)}, (`, '))');
      }
    } else if (ts.isExpressionStatement(node) && CHECKING.test(node.getText(tree))) {
      const id = add(node.expression, inside);
      wrap(
        node,
        `if (globalThis.__checks.runs(${id})) try { `,
        ` } catch (error) { globalThis.__checks.threw(${id}); throw error; }`,
      );
    } else if (ts.isArrowFunction(node) && !ts.isBlock(node.body) && CHECKING.test(node.body.getText(tree))) {
      const id = add(node.body, inside);
      wrap(node.body, `globalThis.__checks.tries(${id}, () => `, ')');
      return;
    }
    ts.forEachChild(node, (child) => visit(child, inside));
  };
  visit(tree, '');
  // from the end, so that places stay; at one place what was added last goes first
  const ordered = edits.map((edit, i) => ({ edit, i })).sort((a, b) => b.edit[0] - a.edit[0] || b.i - a.i);
  let code = source;
  for (const {
    edit: [at, text],
  } of ordered)
    code = code.slice(0, at) + text + code.slice(at);
  return { code, checks };
}

function functionName(node: ts.Node, tree: ts.SourceFile): string | undefined {
  const named = ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isGetAccessor(node);
  if (named) return node.name?.getText(tree);
  return ts.isConstructorDeclaration(node) ? 'constructor' : undefined;
}

function operands(condition: ts.Expression, operator: ts.BinaryOperator): ts.Expression[] {
  const joined = ts.isBinaryExpression(condition) && condition.operatorToken.kind === operator;
  return joined
    ? [...operands(condition.left, operator), ...operands(condition.right, operator)]
    : [condition];
}

function endsInThrow(statement: ts.Statement): boolean {
  const last = ts.isBlock(statement) ? statement.statements.at(-1) : statement;
  return last !== undefined && ts.isThrowStatement(last);
}

function throwFollows(node: ts.IfStatement): boolean {
  const { parent } = node;
  if (!ts.isBlock(parent)) return false;
  const next = parent.statements[parent.statements.indexOf(node) + 1];
  return next !== undefined && ts.isThrowStatement(next);
}
