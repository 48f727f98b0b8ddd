import { Button, Input, makeStyles, Text } from '@fluentui/react-components'
import {
  ArrowAutofitWidthRegular,
  ArrowRotateClockwiseRegular,
  ChevronLeftRegular,
  ChevronRightRegular,
  KeyboardRegular,
  PageFitRegular,
  ZoomInRegular,
  ZoomOutRegular,
} from '@fluentui/react-icons'
import { type KeyboardEvent, type ReactNode, type RefObject, useState } from 'react'
import { useSpoken, useText } from '../text'
import { type Move, moved, type View } from './view'

const PHONE = '@media (max-width: 600px)'

const useStyles = makeStyles({
  tools: { display: 'flex', flexWrap: 'wrap', gap: '4px', marginLeft: 'auto' },
  pages: {
    display: 'flex',
    alignItems: 'center',
    gap: '4px',
    marginRight: '12px',
    [PHONE]: { marginRight: 0 },
  },
  number: { width: '64px', [PHONE]: { width: '52px' }, '& input': { textAlign: 'right' } },
  keys: { [PHONE]: { display: 'none' } },
  count: { whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums' },
})

/** To a page beside: where there is none, there is nothing to go to. */
export interface Neighbours {
  previous?: (() => void) | undefined
  next?: (() => void) | undefined
}

interface Shown {
  number: number
  go: Neighbours
  /** What its buttons to the pages beside are called. */
  names: { previous: string; next: string }
  /** What stands between the two, such as where one is. */
  children?: ReactNode
  view: View
  setView: (view: View) => void
  help: () => void
}

/** What goes from page to page, and zooms and turns a page's image. */
export function PageTools({ number, go, names, children, view, setView, help }: Shown) {
  const t = useText()
  const styles = useStyles()
  const moves: [Move, string, React.JSX.Element][] = [
    ['out', t.reading.zoomOut, <ZoomOutRegular />],
    ['in', t.reading.zoomIn, <ZoomInRegular />],
    ['page', t.reading.fitPage, <PageFitRegular />],
    ['width', t.reading.fitWidth, <ArrowAutofitWidthRegular />],
    ['rotate', t.reading.rotate, <ArrowRotateClockwiseRegular />],
  ]
  return (
    <div className={styles.tools} role="toolbar" aria-label={t.reading.image(number)}>
      <div className={styles.pages}>
        <Button
          icon={<ChevronLeftRegular />}
          aria-label={names.previous}
          title={names.previous}
          disabled={!go.previous}
          onClick={go.previous}
        />
        {children}
        <Button
          icon={<ChevronRightRegular />}
          aria-label={names.next}
          title={names.next}
          disabled={!go.next}
          onClick={go.next}
        />
      </div>
      {moves.map(([move, name, icon]) => (
        <Button
          key={move}
          icon={icon}
          aria-label={name}
          title={name}
          aria-pressed={move === 'page' || move === 'width' ? view.fit === move : undefined}
          onClick={() => setView(moved(view, move))}
        />
      ))}
      <Button
        className={styles.keys}
        icon={<KeyboardRegular />}
        aria-label={t.reading.keys}
        title={t.reading.keys}
        onClick={help}
      />
    </div>
  )
}

interface Where {
  number: number
  count: number
  to: (number: number) => void
  field: RefObject<HTMLInputElement | null>
}

/** Which page of how many; another number and Enter lead to that page. */
export function PageNumber({ number, count, to, field }: Where) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const [typed, setTyped] = useState<string | null>(null)
  const press = ({ key, currentTarget }: KeyboardEvent<HTMLInputElement>) => {
    if (key !== 'Enter' && key !== 'Escape') return
    const wanted = Number(typed)
    if (key === 'Enter' && typed && Number.isInteger(wanted))
      to(Math.min(count, Math.max(1, wanted)))
    currentTarget.blur()
  }
  return (
    <>
      <Input
        className={styles.number}
        input={{ ref: field }}
        inputMode="numeric"
        aria-label={t.reading.goTo}
        title={t.reading.goTo}
        value={typed ?? String(number)}
        onFocus={({ currentTarget }) => currentTarget.select()}
        onChange={(_, { value }) => setTyped(value.replace(/\D/g, ''))}
        onKeyDown={press}
        onBlur={() => setTyped(null)}
      />
      <Text className={styles.count}>{t.reading.ofPages(count.toLocaleString(language))}</Text>
    </>
  )
}
