import type { components } from '../../client/schema'
import { LANGUAGES, type Language } from '../text'

type Schemas = components['schemas']

/** Why a text is not verified, or cannot be. */
const REASONS: Record<Schemas['Reason'], Record<Language, string>> = {
  switched_off: { en: 'it is switched off', es: 'está desactivado' },
  own_prompt: {
    en: 'it was read with a prompt of somebody’s own',
    es: 'se leyó con unas instrucciones propias',
  },
  no_anchor: { en: 'no second reader is set up', es: 'no hay un segundo lector configurado' },
  no_anchor_in_time: {
    en: 'the second reader was not there in time',
    es: 'el segundo lector no llegó a tiempo',
  },
  anchor_failed: { en: 'the second reader failed', es: 'el segundo lector falló' },
  language_not_available: {
    en: 'the second reader lacks the language of this page',
    es: 'al segundo lector le falta el idioma de esta página',
  },
  reader_is_anchor: {
    en: 'there was no other reader than the one it is from',
    es: 'no había otro lector que el que la leyó',
  },
  anchor_unsure: {
    en: 'the second reader is itself unsure of this page',
    es: 'el propio segundo lector no está seguro de esta página',
  },
  anchor_has_few_words: {
    en: 'the second reader sees hardly any words on this page',
    es: 'el segundo lector apenas ve palabras en esta página',
  },
}

/** What came of holding a text against a second reader, or why nothing did, in one sentence. */
export function verificationWords(
  { status, reason, agreement, anchor }: Schemas['Verification'],
  language: Language,
): string {
  const { spots, anchors } = LANGUAGES[language].reading
  if (status === 'verified') {
    const who = anchor && anchors[anchor]
    return spots.agree(percent(agreement ?? 0, language), who)
  }
  // A server of later may know more reasons.
  const why: Record<Language, string> | undefined = reason ? REASONS[reason] : undefined
  return `${spots[status]}${why ? `: ${why[language]}` : ''}.`
}

/** A share in hundredths with one digit; only what is whole is 100 %. */
export function percent(share: number, language: Language): string {
  const tenths = Math.floor(share * 1000 + 1e-9) / 1000
  return tenths.toLocaleString(language, { style: 'percent', maximumFractionDigits: 1 })
}
