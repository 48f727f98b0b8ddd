import { useRef, useState } from 'react'
import type { WholePage } from '../api/client'
import { isMarkedUp } from './rendered/markup'

const NAME = 'lector-text'
const SOURCE = 'source'

/** In which form a page's text is shown; what was chosen once stays so for all pages. */
export function useTextForm({ provenance }: Pick<WholePage, 'provenance'>, text: string) {
  const [wantsSource, setWantsSource] = useState(() => localStorage.getItem(NAME) === SOURCE)
  /** What is drawn, without its marks. */
  const drawn = useRef(text)
  // What the PDF itself carries is no Markdown, whatever it looks like.
  const isOwn = provenance === 'text_layer' || provenance === 'mixed'
  const canBeRendered = !isOwn && isMarkedUp(text)
  const change = () => {
    localStorage.setItem(NAME, wantsSource ? 'rendered' : SOURCE)
    setWantsSource(!wantsSource)
  }
  return { canBeRendered, isRendered: canBeRendered && !wantsSource, change, drawn }
}

export type TextForm = ReturnType<typeof useTextForm>
