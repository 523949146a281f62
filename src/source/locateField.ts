import ts from 'typescript';
import { bare, nameOf, parse, walk } from './parse.ts';
import { rangeBetween, type TextRange } from './positions.ts';

/**
 * Finds where an experiment's text declares a field: the name of the property at `path` (outermost
 * first, array indices as digits), or that of its nearest ancestor that is written out.
 * Follows names bound to literals in the same module. Null without a default export.
 */
export function locateField(text: string, path: readonly string[]): TextRange | null {
  const file = parse(text);
  const exported = defaultExport(file);
  if (exported === undefined) return null;

  const seen = new Set<ts.Node>();
  let place: ts.Node = exported;
  let value = literalOf(exported, file, seen);
  for (const segment of path) {
    const child = value === undefined ? undefined : childOf(value, segment);
    if (child === undefined) break;
    place = child.place;
    value = child.value === undefined ? undefined : literalOf(child.value, file, seen);
  }
  return rangeBetween(file, place.getStart(file), place.end);
}

interface Child {
  /** What to point at. */
  readonly place: ts.Node;
  readonly value: ts.Expression | undefined;
}

function defaultExport(file: ts.SourceFile): ts.Expression | undefined {
  for (const statement of file.statements) {
    if (ts.isExportAssignment(statement)) return statement.expression;
    if (
      ts.isExpressionStatement(statement) &&
      ts.isBinaryExpression(statement.expression) &&
      statement.expression.left.getText(file) === 'module.exports'
    ) {
      return statement.expression.right;
    }
  }
  return undefined;
}

/** Follows an expression to the object or array literal it stands for. */
function literalOf(
  expression: ts.Expression,
  file: ts.SourceFile,
  seen: Set<ts.Node>,
): ts.ObjectLiteralExpression | ts.ArrayLiteralExpression | undefined {
  const node = bare(expression);
  if (ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node)) return node;
  if (seen.has(node)) return undefined;
  seen.add(node);
  if (ts.isCallExpression(node)) {
    // `defineExperiment({…})`, `adamW({…})`: the fields are those of the first argument.
    const argument = node.arguments[0];
    return argument && literalOf(argument, file, seen);
  }
  if (ts.isIdentifier(node)) {
    const declared = declaredValue(node.text, file);
    return declared && literalOf(declared, file, seen);
  }
  return undefined;
}

function declaredValue(name: string, file: ts.SourceFile): ts.Expression | undefined {
  let value: ts.Expression | undefined;
  walk(file, (node) => {
    if (ts.isVariableDeclaration(node) && nameOf(node.name) === name) value ??= node.initializer;
  });
  return value;
}

function childOf(
  parent: ts.ObjectLiteralExpression | ts.ArrayLiteralExpression,
  segment: string,
): Child | undefined {
  if (ts.isArrayLiteralExpression(parent)) {
    const element = parent.elements[Number(segment)];
    return element && { place: element, value: element };
  }
  for (const property of parent.properties) {
    if (property.name === undefined || nameOf(property.name) !== segment) continue;
    if (ts.isPropertyAssignment(property)) {
      return { place: property.name, value: property.initializer };
    }
    if (ts.isShorthandPropertyAssignment(property)) {
      return { place: property.name, value: property.name };
    }
    return { place: property.name, value: undefined };
  }
  return undefined;
}
