import { isToScroll, type Move } from '../reading/view'

export type Asked =
  | 'nextPlace'
  | 'previousPlace'
  | 'own'
  | 'other'
  | 'edit'
  | 'save'
  | 'right'
  | 'next'
  | 'previous'
  | Move
  | 'source'
  | 'help'
  | 'nothing'

const KEYS: Record<string, Asked> = {
  n: 'nextPlace',
  p: 'previousPlace',
  '1': 'own',
  '2': 'other',
  e: 'edit',
  s: 'save',
  y: 'right',
  j: 'next',
  ArrowRight: 'next',
  k: 'previous',
  ArrowLeft: 'previous',
  '+': 'in',
  '=': 'in',
  '-': 'out',
  '0': 'page',
  f: 'width',
  r: 'rotate',
  m: 'source',
  '?': 'help',
  Escape: 'nothing',
}

/** What a key asks for: a letter that is typed into a field is none, but for Ctrl+Enter and Escape. */
export function asked(event: KeyboardEvent): Asked | null {
  const isTyped = (event.target as HTMLElement).closest('input, textarea, select')
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) return 'save'
  if (event.ctrlKey || event.metaKey || event.altKey) return null
  if (isTyped) return event.key === 'Escape' ? 'nothing' : null
  if (isToScroll(event)) return null
  return KEYS[event.key] ?? null
}
