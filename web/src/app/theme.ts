import {
  createDarkTheme,
  createLightTheme,
  type BrandVariants,
  type Theme,
} from '@fluentui/react-components'
import { useEffect, useState } from 'react'

const brand: BrandVariants = {
  10: '#010505',
  20: '#061a1a',
  30: '#082b2b',
  40: '#083838',
  50: '#084545',
  60: '#085353',
  70: '#0a6161',
  80: '#0b6b6b',
  90: '#1c7d7c',
  100: '#358c8b',
  110: '#4d9a99',
  120: '#64a9a8',
  130: '#7bb8b7',
  140: '#93c7c6',
  150: '#acd6d5',
  160: '#c6e5e4',
}

const dark: Theme = {
  ...createDarkTheme(brand),
  colorBrandForeground1: brand[130],
  colorBrandForeground2: brand[140],
  colorBrandForegroundLink: brand[130],
  colorBrandForegroundLinkHover: brand[150],
}

const THEMES = { light: createLightTheme(brand), dark }
export type Choice = 'light' | 'dark' | 'system'
const NAME = 'lector-theme'
const DARK = '(prefers-color-scheme: dark)'

/** The theme as it was chosen, or as the system has it. */
export function useTheme() {
  const [choice, setChoice] = useState(
    () => (localStorage.getItem(NAME) as Choice | null) ?? 'system',
  )
  const [systemIsDark, setSystemIsDark] = useState(() => matchMedia(DARK).matches)
  useEffect(() => {
    const query = matchMedia(DARK)
    const changed = () => setSystemIsDark(query.matches)
    query.addEventListener('change', changed)
    return () => query.removeEventListener('change', changed)
  }, [])
  const shown = choice === 'system' ? (systemIsDark ? 'dark' : 'light') : choice
  useEffect(() => {
    document.documentElement.style.colorScheme = shown
    document.body.style.backgroundColor = THEMES[shown].colorNeutralBackground2
  }, [shown])
  const choose = (wanted: Choice) => {
    localStorage.setItem(NAME, wanted)
    setChoice(wanted)
  }
  return { theme: THEMES[shown], choice, choose }
}
