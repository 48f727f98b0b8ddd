import type { LectorFile } from '../api/client'
import { clock } from '../shared/format'
import { LANGUAGES, type Language } from '../text'
import { explained } from './reasons'

/** What a file or page waits for and since when, in one sentence; null if for nothing. */
export function waitWords(
  { waiting }: Pick<LectorFile, 'waiting'>,
  language: Language,
): string | null {
  if (!waiting) return null
  const { file } = LANGUAGES[language]
  const since = waiting.since === null ? null : clock(waiting.since, Date.now(), language)
  if (waiting.code === 'behind_files') return file.behind(waiting.files ?? 0, since)
  return file.waits(since, why(waiting.code, waiting.detail, language))
}

/** The code in plain words and what the server itself said; of "not now" there is only that. */
function why(code: string, detail: string, language: Language): string {
  const { what } = explained({ error_code: code, error: null }, language)
  return code === 'not_now' || !what ? detail : `${what} (${detail})`
}
