import ts from 'typescript';
import { bare, nameOf, walk } from './parse.ts';
import { rangeBetween, type TextRange } from './positions.ts';

const BATCH_NORMALIZATION = 'batchNormalization';
const CANONICAL_CALLEE = `tf.layers.${BATCH_NORMALIZATION}`;

/** One call or construction in a module's text. */
export interface Call {
  readonly start: number;
  readonly end: number;
  readonly range: TextRange;
  /** What is called: the callee's text, for BatchNorm layers the same by whatever path or alias. */
  readonly callee: string;
  /** The string literal of `name` in its first argument, if that is an object literal. */
  readonly name: string | undefined;
}

/**
 * Lists all calls in a module in the order they are written, callers before their arguments.
 * Aliases of `batchNormalization` count in the whole module, whatever their scope.
 */
export function listCalls(file: ts.SourceFile): Call[] {
  const aliases = batchNormalizationAliases(file);
  const calls: Call[] = [];
  walk(file, (node) => {
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return;
    const start = node.getStart(file);
    calls.push({
      start,
      end: node.end,
      range: rangeBetween(file, start, node.end),
      callee: isBatchNormalization(bare(node.expression), aliases)
        ? CANONICAL_CALLEE
        : node.expression.getText(file),
      name: nameArgument(node.arguments?.[0]),
    });
  });
  return calls;
}

/** Tells whether a call constructs a BatchNorm layer. */
export function constructsBatchNormalization(call: Call): boolean {
  return call.callee === CANONICAL_CALLEE;
}

/** Any `….batchNormalization`, whatever it hangs on, and the names it is known by. */
function isBatchNormalization(callee: ts.Expression, aliases: ReadonlySet<string>): boolean {
  if (ts.isIdentifier(callee)) return aliases.has(callee.text);
  return memberName(callee) === BATCH_NORMALIZATION;
}

function memberName(node: ts.Expression): string | undefined {
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  if (ts.isElementAccessExpression(node)) return nameOf(node.argumentExpression);
  return undefined;
}

/** Collects the names under which imports, destructuring and assignment bind the function. */
function batchNormalizationAliases(file: ts.SourceFile): Set<string> {
  const aliases = new Set<string>();
  walk(file, (node) => {
    if (ts.isImportSpecifier(node) || ts.isBindingElement(node)) {
      const imported = nameOf(node.propertyName ?? node.name);
      if (imported === BATCH_NORMALIZATION && ts.isIdentifier(node.name))
        aliases.add(node.name.text);
    } else if (ts.isVariableDeclaration(node) && node.initializer !== undefined) {
      const value = bare(node.initializer);
      if (ts.isIdentifier(node.name) && memberName(value) === BATCH_NORMALIZATION) {
        aliases.add(node.name.text);
      }
    }
  });
  return aliases;
}

function nameArgument(argument: ts.Expression | undefined): string | undefined {
  if (argument === undefined) return undefined;
  const config = bare(argument);
  if (!ts.isObjectLiteralExpression(config)) return undefined;
  for (const property of config.properties) {
    if (ts.isPropertyAssignment(property) && nameOf(property.name) === 'name') {
      const value = bare(property.initializer);
      return ts.isStringLiteralLike(value) ? value.text : undefined;
    }
  }
  return undefined;
}
