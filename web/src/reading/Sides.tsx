import { makeStyles, tokens } from '@fluentui/react-components'
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from 'react'
import { useKept } from '../shared/kept'
import { useText } from '../text'

/** Below this width the sides are one above the other, and the page scrolls as a whole. */
export const NARROW = '@media (max-width: 900px)'

const useStyles = makeStyles({
  sides: {
    display: 'grid',
    gridTemplateRows: 'minmax(0, 1fr)',
    flex: '1 1 0',
    minWidth: 0,
    minHeight: '420px',
    [NARROW]: { display: 'flex', flexDirection: 'column', gap: '12px', minHeight: 0, flex: 'none' },
  },
  // On a phone the image stays in sight, above the text that goes by.
  image: {
    minWidth: 0,
    display: 'flex',
    [NARROW]: { position: 'sticky', top: 0, zIndex: 1, height: '38vh', minHeight: '200px' },
  },
  text: {
    display: 'flex',
    flexDirection: 'column',
    minWidth: 0,
    overflowY: 'auto',
    [NARROW]: { overflowY: 'visible' },
  },
  divider: {
    position: 'relative',
    cursor: 'col-resize',
    touchAction: 'none',
    borderRadius: tokens.borderRadiusMedium,
    '::before': {
      content: '""',
      position: 'absolute',
      inset: '0 6px',
      borderRadius: '2px',
      backgroundColor: tokens.colorNeutralStroke2,
    },
    ':hover::before': { backgroundColor: tokens.colorBrandStroke1 },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
    [NARROW]: { display: 'none' },
  },
})

const [LEAST, MOST, STEP] = [20, 80, 2]
const within = (share: number) => Math.min(MOST, Math.max(LEAST, Math.round(share)))

/** A page's image beside its text; what is between them can be moved, and stays where it is put. */
export function Sides({ image, text }: { image: ReactNode; text: ReactNode }) {
  const t = useText()
  const styles = useStyles()
  const all = useRef<HTMLDivElement>(null)
  const [share, setShare] = useKept<number>('divider', 55)
  const shown = within(share)
  const drag = ({ clientX, buttons }: PointerEvent) => {
    if (!buttons) return
    const { left, width } = all.current!.getBoundingClientRect()
    setShare(within(((clientX - left) / width) * 100))
  }
  const press = (event: KeyboardEvent) => {
    const to = { ArrowLeft: shown - STEP, ArrowRight: shown + STEP, Home: LEAST, End: MOST }[
      event.key
    ]
    if (to === undefined) return
    event.preventDefault()
    event.stopPropagation() // or the same key would lead to another page
    setShare(within(to))
  }
  const columns = `minmax(0, ${shown}fr) 16px minmax(0, ${100 - shown}fr)`
  return (
    <div ref={all} className={styles.sides} style={{ gridTemplateColumns: columns }}>
      <div className={styles.image}>{image}</div>
      <div
        role="separator"
        aria-label={t.reading.divider}
        aria-orientation="vertical"
        aria-valuenow={shown}
        aria-valuemin={LEAST}
        aria-valuemax={MOST}
        tabIndex={0}
        className={styles.divider}
        onPointerDown={({ currentTarget, pointerId }) => currentTarget.setPointerCapture(pointerId)}
        onPointerMove={drag}
        onKeyDown={press}
        onDoubleClick={() => setShare(55)}
      />
      <div className={styles.text}>{text}</div>
    </div>
  )
}
