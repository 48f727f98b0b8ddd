import { FORMULA } from './markup'
import { allowedTags } from './schema'

/**
 * Stand for characters that would otherwise mean something. They are one unit long, as what they
 * stand for is, so that whatever is found in the prepared text is at the same place in the page's.
 */
const DOLLAR = '\ufdd0'
const LESS = '\ufdd1'

/** Words after a name, such as of "a <b and c>", are a page's own: those of a tag have values. */
const LESS_AND_TAG =
  /<(\/?([a-z][a-z\d]*)(?:\s+[a-z][\w:-]*\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'=<>`]+))*\s*\/?>)?/gi

/**
 * A page's text as the parser is to see it, of the same length: every formula is between two dollars
 * on either side, no other dollar means anything, and a tag that is not allowed is shown as it stands.
 */
export function prepared(text: string): string {
  let done = ''
  let at = 0
  for (const { 0: formula, index } of text.matchAll(FORMULA)) {
    done += plain(text.slice(at, index))
    done += formula.startsWith('\\') ? `$$${formula.slice(2, -2)}$$` : formula
    at = index + formula.length
  }
  return done + plain(text.slice(at))
}

const plain = (text: string) =>
  text
    .replaceAll('$', DOLLAR)
    .replace(LESS_AND_TAG, (all, rest: string | undefined, name: string | undefined) =>
      name && allowedTags.has(name.toLowerCase()) ? all : LESS + (rest ?? ''),
    )

/** A text without formulas, as the parser is to see it, of the same length. */
export const withoutFormulas = (text: string) => text.replaceAll('$', DOLLAR)

/** What was there before the text was prepared. */
export const restored = (text: string) => text.replaceAll(DOLLAR, '$').replaceAll(LESS, '<')
