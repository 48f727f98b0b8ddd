const MOST = 100_000
const DEEPEST = 100
/** Tags but those that end by themselves. */
const TAGS = /<(\/?)(?!(?:t[drh]|p|li|br|hr|d[dt])\b)([a-z][a-z\d]*)/g
/** Quotes and lists within each other, begun in one line; a line of dashes alone is a rule. */
const NESTED = /^(?![-* \t]*$)(?:[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])[ \t])){30}/m
/** Items of lists within others; what a parser takes grows with the square of their number. */
const INNER_ITEMS =
  /^(?:[ \t>]{2,}|[ \t>]*(?:[-+*]|\d{1,9}[.)])[ \t]+)(?:[-+*]|\d{1,9}[.)])[ \t](?![-* \t]*$)/gm
const MOST_INNER_ITEMS = 1000
const MARKUP =
  /^#{1,6} \S|^ {0,3}\|?[ \t]*:?-{3,}:?[ \t]*\||\*\*\S[^*\n]*\*\*|<\/?(?:table|tr|td|th|p|b|i|u|br|sup|sub|strong|em|h[1-6]|ul|ol|li|div)\b[^<>]*>/im
// A price is none: as in Pandoc, a formula touches its signs, and no digit follows; nor does a
// formula begin with a number and then words.
// Lengths are bounded, so that no text takes long.
export const FORMULA =
  /(?<!\\)\$\$(?=\S|\n)[^$]{1,2000}\$\$|(?<![\\$])\$(?=[^\s$])(?!\d[\d.,]*\s+[a-z])(?:[^$\n\\]|\\.){1,500}?(?<=[^\s\\])\$(?![\d$])|\\\((?:[^\n]|\n(?!\s*\n)){1,1000}?\\\)|\\\[[^]{1,2000}?\\\]/gi

/** Whether a text has marks of Markdown, HTML or formulas that are worth being drawn. */
export const isMarkedUp = (text: string) =>
  text.length <= MOST && (MARKUP.test(text) || hasFormula(text)) && !isTooDeep(text)

/** Whether a text that a PDF carries has headings or tables, as Lector writes them. */
export const isLaidOut = (text: string) =>
  text.length <= MOST && /^#{1,6} \S|^\|(?: --- \|)+$/m.test(text)

/** Whether a text has a formula: only then is it fetched what draws them. */
export const hasFormula = (text: string) => text.search(FORMULA) >= 0

/** Whether tags, quotes or lists are nested as nobody would print them: to draw that takes minutes. */
function isTooDeep(text: string): boolean {
  if (NESTED.test(text) || (text.match(INNER_ITEMS)?.length ?? 0) > MOST_INNER_ITEMS) return true
  const open = new Map<string, number>()
  let depth = 0
  for (const [, end, name = ''] of text.toLowerCase().matchAll(TAGS)) {
    const before = open.get(name) ?? 0
    // An end without a beginning, or of another tag, ends nothing.
    const now = Math.max(0, before + (end ? -1 : 1))
    open.set(name, now)
    depth += now - before
    if (depth >= DEEPEST) return true
  }
  return false
}
