import { useRef } from 'react'
import type { Provenance, WholePage } from '../api/client'
import { useKept } from '../shared/kept'
import type { Drawn } from './PageText'
import { isLaidOut, isMarkedUp } from './rendered/markup'

type Form = 'rendered' | 'source'

/** Whether a text has marks by which it can be drawn. */
export function mayBeRendered(provenance: Provenance | null, text: string): boolean {
  const isLaid = provenance === 'text_layer'
  return provenance !== 'mixed' && (isLaid ? isLaidOut : isMarkedUp)(text)
}

/** In which form texts are shown; what was chosen once stays so for all pages. */
export function useWantedForm(canBeRendered: boolean) {
  const isKnown = (form: Form) => form === 'rendered' || form === 'source'
  const [wanted, keep] = useKept<Form>('text', 'rendered', isKnown)
  const isRendered = canBeRendered && wanted === 'rendered'
  const change = () => {
    if (canBeRendered) keep(isRendered ? 'source' : 'rendered')
  }
  return { canBeRendered, isRendered, change }
}

/** In which form a page's text is shown. */
export function useTextForm({ provenance }: Pick<WholePage, 'provenance'>, text: string) {
  const form = useWantedForm(mayBeRendered(provenance, text))
  const drawn = useRef<Drawn>(null)
  /** The text as it is shown, for copying: what could not be drawn is shown as it was written. */
  const copied = () => (form.isRendered && drawn.current?.of === text ? drawn.current.words : text)
  return { ...form, drawn, copied }
}

export type TextForm = ReturnType<typeof useTextForm>
