import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'
import { en, type Text } from './en'
import { es } from './es'

export const LANGUAGES = { en, es }
export type Language = keyof typeof LANGUAGES

interface Spoken {
  t: Text
  language: Language
  speak: (language: Language) => void
}

const Context = createContext<Spoken | null>(null)
const NAME = 'lector-language'

/** The language of the page: the one that was chosen, else the browser's, else English. */
export function preferred(chosen: string | null, browser: readonly string[]): Language {
  const wanted = [chosen, ...browser].map((tag) => tag?.slice(0, 2))
  return wanted.find((tag): tag is Language => tag !== undefined && tag in LANGUAGES) ?? 'en'
}

export function TextProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(() =>
    preferred(localStorage.getItem(NAME), navigator.languages),
  )
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const spoken = useMemo(
    () => ({
      t: LANGUAGES[language],
      language,
      speak: (wanted: Language) => {
        localStorage.setItem(NAME, wanted)
        setLanguage(wanted)
      },
    }),
    [language],
  )
  return <Context value={spoken}>{children}</Context>
}

export function useSpoken(): Spoken {
  const spoken = useContext(Context)
  if (!spoken) throw new Error('useSpoken outside of TextProvider')
  return spoken
}

export const useText = () => useSpoken().t
