import ts from 'typescript';

/** Parses a module's text; never fails, as broken text gives a tree with holes. */
export function parse(text: string): ts.SourceFile {
  return ts.createSourceFile('experiment.ts', text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
}

/** Visits every node below `root`, parents first. */
export function walk(root: ts.Node, visit: (node: ts.Node) => void): void {
  const descend = (node: ts.Node): void => {
    visit(node);
    ts.forEachChild(node, descend);
  };
  ts.forEachChild(root, descend);
}

/** Takes off what changes a type but no value: parentheses, `as`, `satisfies`, `!`, `await`. */
export function bare(node: ts.Expression): ts.Expression {
  let inner = node;
  while (
    ts.isParenthesizedExpression(inner) ||
    ts.isAsExpression(inner) ||
    ts.isSatisfiesExpression(inner) ||
    ts.isNonNullExpression(inner) ||
    ts.isAwaitExpression(inner)
  ) {
    inner = inner.expression;
  }
  return inner;
}

/** Gives a property's name where it is written out, not computed. */
export function nameOf(name: ts.Node | undefined): string | undefined {
  if (name === undefined) return undefined;
  if (ts.isIdentifier(name) || ts.isStringLiteralLike(name) || ts.isNumericLiteral(name)) {
    return name.text;
  }
  return undefined;
}
