import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type RefObject, useLayoutEffect, useState } from 'react'

/** So much is drawn above and below what is in sight. */
const SPARE_PX = 400

/** Which rows of a list in the page are in sight, and how high the gaps are that stand for the others. */
export function useRowsInSight(
  list: RefObject<Element | null>,
  all: { id: string }[],
  rowPx: number,
) {
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    if (list.current) setTop(Math.round(list.current.getBoundingClientRect().top + scrollY))
  })
  const drawn = useWindowVirtualizer({
    count: all.length,
    estimateSize: () => rowPx,
    getItemKey: (index) => all[index]!.id,
    overscan: Math.ceil(SPARE_PX / rowPx),
    scrollMargin: top,
    // known at once, so that the first drawing has its rows
    initialRect: { width: innerWidth, height: innerHeight },
  })
  const rows = drawn.getVirtualItems()
  const above = rows.length ? rows[0]!.start - top : 0
  const below = rows.length ? drawn.getTotalSize() - (rows.at(-1)!.end - top) : 0
  return { rows, above, below, measure: drawn.measureElement }
}
