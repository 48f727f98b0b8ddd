import { useState } from 'react'
import { useKept } from '../shared/kept'
import { FIT, type Fit, type View } from './view'

/** How a page's image is looked at; whether the page or its width fits stays so from page to page. */
export function useView(): [View, (view: View) => void] {
  const isKnown = (fit: Fit) => fit === 'page' || fit === 'width'
  const [fit, keepFit] = useKept<Fit>('fit', FIT.fit, isKnown)
  const [view, setView] = useState<View>({ ...FIT, fit })
  const change = (wanted: View) => {
    if (wanted.fit !== fit) keepFit(wanted.fit)
    setView(wanted)
  }
  return [view, change]
}
