import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { memo, type MouseEvent, type ReactNode, type RefObject, useEffect, useRef } from 'react'
import { useText } from '../text'
import { markOf, useMarkStyles } from './marks'
import { reveal } from './reveal'
import { NARROW } from './Sides'
import { type Side, type Spot, spotAt } from './spots'

const useStyles = makeStyles({
  hit: {
    backgroundColor: tokens.colorPaletteYellowBackground2,
    color: tokens.colorNeutralForeground1,
    borderRadius: '2px',
    outline: `1px solid ${tokens.colorPaletteYellowBorder2}`,
  },
  // What is missing is shown, but neither selected nor copied: it is no part of the text.
  missing: { '::before': { content: 'attr(data-missing)' } },
  chosen: {
    outline: `2px solid ${tokens.colorBrandStroke1}`,
    outlineOffset: '1px',
    scrollMargin: '16px',
    [NARROW]: { scrollMarginTop: 'calc(38vh + 24px)' }, // below the image that stays
  },
})

interface Shown {
  /** Where it begins in the text, in UTF-16 units. */
  start: number
  /** Where it ends, if it is no text of which each letter has its place. */
  end?: number | undefined
  hit: boolean
  spot: Spot | null
  isChosen: boolean
  children?: ReactNode
}

/** A piece of a text, marked if it is a hit, or if two readers differ there. */
export const Mark = memo(function Mark({ start, end, hit, spot, isChosen, children }: Shown) {
  const { spots: t } = useText().reading
  const styles = useStyles()
  const marks = useMarkStyles()
  const about = { 'data-at': start, 'data-end': end, 'data-chosen': isChosen || undefined }
  if (!hit && !spot) return <span {...about}>{children}</span>
  const className = mergeClasses(
    hit && styles.hit,
    spot ? markOf(marks, spot) : '',
    isChosen && styles.chosen,
  )
  const title = spot ? t.label(spot) : undefined
  const shown = { ...about, className, title }
  if (spot?.kind === 'missing')
    return (
      <span
        {...shown}
        data-at={spot.start}
        role="note"
        className={mergeClasses(className, styles.missing)}
        data-missing={spot.other}
        aria-label={title}
      />
    )
  return hit ? <mark {...shown}>{children}</mark> : <span {...shown}>{children}</span>
})

/** Brings the first hit into view when a text is come to, and later what was chosen elsewhere. */
export function useMarksInView(
  shown: RefObject<HTMLElement | null>,
  chosen: Spot | null,
  from: Side | null,
) {
  useEffect(() => reveal(shown.current?.querySelector('mark')), [shown])
  const before = useRef(chosen)
  useEffect(() => {
    const isAsked = chosen !== before.current
    before.current = chosen
    const mark = chosen && from !== 'text' && shown.current?.querySelector('[data-chosen]')
    if (!mark) return
    reveal(mark)
    // On a phone the text goes by with the page, which nobody wants to find scrolled.
    if (isAsked) mark.scrollIntoView({ block: 'nearest' })
  }, [shown, chosen, from])
}

/** The spot under the pointer; null where there is none that is known on the image. */
export function clicked({ target, clientX, clientY }: MouseEvent, spots: Spot[]): Spot | null {
  const element = (target as Element).closest<HTMLElement>('[data-at]')
  if (!element) return null
  const { missing, at, end } = element.dataset
  const start = Number(at)
  if (missing !== undefined)
    return spots.find((spot) => spot.kind === 'missing' && spot.start === start) ?? null
  if (end !== undefined)
    return spots.find((spot) => spot.start < Number(end) && spot.end > start) ?? null
  const within = cursor(clientX, clientY)
  const isInside = within && element.contains(within.node)
  return spotAt(spots, start + (isInside ? within.offset : 0))
}

/** Where the browser would put the cursor. */
function cursor(x: number, y: number): { node: Node; offset: number } | null {
  if ('caretPositionFromPoint' in document) {
    const found = document.caretPositionFromPoint(x, y)
    return found && { node: found.offsetNode, offset: found.offset }
  }
  const range = (document as Document).caretRangeFromPoint(x, y) // Safari
  return range && { node: range.startContainer, offset: range.startOffset }
}
