import type { SearchQuery } from '../api/queries'

// Those whose word forms are found; the server refuses another.
const LANGUAGES =
  'ar ca da de el en es eu fi fr ga hi hu hy id it lt ne nl no pt ro ru sr sv ta tr yi'.split(' ')

/** What an address says is searched for. */
export function wantedOf(params: URLSearchParams): SearchQuery {
  const value = (name: string) => params.get(name) ?? ''
  return {
    q: value('q'),
    language: value('language'),
    since: value('since'),
    until: value('until'),
  }
}

/** The address of a search, without what says nothing. */
export function paramsOf(wanted: SearchQuery): URLSearchParams {
  return new URLSearchParams(Object.entries(wanted).filter(([, value]) => value))
}

/** Codes and names of languages, by their names in the language of the page. */
export function languages(shownIn: string): [string, string][] {
  const names = new Intl.DisplayNames([shownIn], { type: 'language' })
  const named = LANGUAGES.map((code): [string, string] => [code, names.of(code) ?? code])
  return named.sort(([, one], [, other]) => one.localeCompare(other, shownIn))
}
