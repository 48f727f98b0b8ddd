import type { components } from '../api/schema'
import { LANGUAGES, type Language } from '../text'

type Verification = components['schemas']['Verification']

/** What came of holding a text against a second reader, and why nothing did, as the server says it. */
export function verificationWords(
  { status, reason, agreement, anchor, words }: Verification,
  language: Language,
): { what: string; reason: string | null } {
  const { spots, anchors } = LANGUAGES[language].reading
  const share = agreement === null ? null : percent(agreement, language)
  if (status === 'verified' && share !== null) {
    const who = anchors[anchor as keyof typeof anchors] ?? null
    return { what: spots.agree(share, words.toLocaleString(language), who), reason: null }
  }
  const what = { verified: spots.verified, not_verified: spots.not, not_verifiable: spots.never }
  return { what: what[status], reason }
}

/** A share in hundredths with one digit; only what is whole is 100 %. */
export function percent(share: number, language: Language): string {
  const tenths = Math.floor(share * 1000 + 1e-9) / 1000
  return tenths.toLocaleString(language, { style: 'percent', maximumFractionDigits: 1 })
}
