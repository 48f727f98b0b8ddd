import { Button, makeStyles } from '@fluentui/react-components'
import {
  ArrowRotateClockwiseRegular,
  ChevronLeftRegular,
  ChevronRightRegular,
  KeyboardRegular,
  ZoomFitRegular,
  ZoomInRegular,
  ZoomOutRegular,
} from '@fluentui/react-icons'
import { useText } from '../text'
import { moved, type View } from './view'

const useStyles = makeStyles({
  tools: { display: 'flex', flexWrap: 'wrap', gap: '4px', marginLeft: 'auto' },
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
  view: View
  setView: (view: View) => void
  help: () => void
}

/** What goes from page to page, and zooms and turns a page's image. */
export function PageTools({ number, go, names, view, setView, help }: Shown) {
  const t = useText()
  const styles = useStyles()
  return (
    <div className={styles.tools} role="toolbar" aria-label={t.reading.image(number)}>
      <Button
        icon={<ChevronLeftRegular />}
        aria-label={names.previous}
        disabled={!go.previous}
        onClick={go.previous}
      />
      <Button
        icon={<ChevronRightRegular />}
        aria-label={names.next}
        disabled={!go.next}
        onClick={go.next}
      />
      <Button
        icon={<ZoomOutRegular />}
        aria-label={t.reading.zoomOut}
        onClick={() => setView(moved(view, 'out'))}
      />
      <Button
        icon={<ZoomFitRegular />}
        aria-label={t.reading.fit}
        onClick={() => setView(moved(view, 'fit'))}
      />
      <Button
        icon={<ZoomInRegular />}
        aria-label={t.reading.zoomIn}
        onClick={() => setView(moved(view, 'in'))}
      />
      <Button
        icon={<ArrowRotateClockwiseRegular />}
        aria-label={t.reading.rotate}
        onClick={() => setView(moved(view, 'rotate'))}
      />
      <Button icon={<KeyboardRegular />} aria-label={t.reading.keys} onClick={help} />
    </div>
  )
}
