/** Quotes a text, if it must be, so that pasted into a shell it is one word. */
export function shellWord(text: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return /^[\w.:\\/-]+$/.test(text) ? text : `"${text}"`;
  return /^[\w.:=@,+/-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
