const MOST = 100_000
const DEEPEST = 100
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

/** Whether a text has a formula: only then is it fetched what draws them. */
export const hasFormula = (text: string) => text.search(FORMULA) >= 0

/** Whether tags or quotes are nested as nobody would print them: to draw that would take minutes. */
function isTooDeep(text: string): boolean {
  let depth = 0
  for (const [tag] of text.matchAll(
    /<\/?(?!(?:t[drh]|p|li|br|hr|d[dt])\b)[a-z]|^(?:[ \t]*>){100}/gim,
  )) {
    depth += tag.startsWith('</') ? -1 : tag.startsWith('<') ? 1 : DEEPEST
    if (depth >= DEEPEST) return true
  }
  return false
}
