import { useRef } from 'react'
import type { WholePage } from '../api/client'
import { useKept } from '../shared/kept'
import type { Drawn } from './PageText'
import { isLaidOut, isMarkedUp } from './rendered/markup'

type Form = 'rendered' | 'source'

/** In which form a page's text is shown; what was chosen once stays so for all pages. */
export function useTextForm({ provenance }: Pick<WholePage, 'provenance'>, text: string) {
  const isKnown = (form: Form) => form === 'rendered' || form === 'source'
  const [wanted, keep] = useKept<Form>('text', 'rendered', isKnown)
  const drawn = useRef<Drawn>(null)
  const isLaid = provenance === 'text_layer'
  const canBeRendered = provenance !== 'mixed' && (isLaid ? isLaidOut : isMarkedUp)(text)
  const isRendered = canBeRendered && wanted === 'rendered'
  const change = () => {
    if (canBeRendered) keep(isRendered ? 'source' : 'rendered')
  }
  /** The text as it is shown, for copying: what could not be drawn is shown as it was written. */
  const copied = () => (isRendered && drawn.current?.of === text ? drawn.current.words : text)
  return { canBeRendered, isRendered, change, drawn, copied }
}

export type TextForm = ReturnType<typeof useTextForm>
