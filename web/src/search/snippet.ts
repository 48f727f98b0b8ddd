/** The line below a table's head, and bars between cells; one of the page has a backslash before it. */
const RULE = /(?<!\\)\|(?:\s*(?::-+:?|-+:|-{2,})\s*\|)+/g
const BARS = /(?:\s*(?<!\\)\|)+\s*/g

/** A piece of a text as it is read in a line: cells of a table are parted by dots. */
export function inLine(text: string): string {
  return text.replace(RULE, '|').replace(BARS, ' · ').replaceAll('\\|', '|')
}
