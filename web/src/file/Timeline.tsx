import {
  Button,
  makeStyles,
  Switch,
  Table,
  TableBody,
  TableCell,
  TableHeader,
  TableHeaderCell,
  TableRow,
  Text,
  tokens,
} from '@fluentui/react-components'
import { ZoomFitRegular, ZoomInRegular, ZoomOutRegular } from '@fluentui/react-icons'
import { useMemo, useState } from 'react'
import type { LectorFile } from '../api/client'
import { useAllPages } from '../api/queries'
import { duration, moment } from '../shared/format'
import { useFrame } from '../shared/frame'
import { useNow } from '../shared/hooks'
import { Asking } from '../shared/States'
import { useSpoken } from '../text'
import { Chart, COLORS } from './Chart'
import { lanes, retriedAt, summary, type Lane, type Step } from './timelineBars'

const STEPS: Step[] = ['upload', 'open', 'waitImage', 'draw', 'waitModel', 'read', 'failed']
const MOST_ZOOM = 64

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: '8px 16px',
    margin: '12px 0',
  },
  legend: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: '6px 16px',
    listStyleType: 'none',
    margin: '0 0 12px',
    padding: 0,
  },
  mark: {
    display: 'inline-block',
    width: '14px',
    height: '10px',
    borderRadius: '2px',
    marginRight: '6px',
  },
  scroll: {
    overflow: 'auto',
    maxHeight: '70vh',
    backgroundColor: tokens.colorNeutralBackground1,
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  grow: { flexGrow: 1 },
})

/** Each page's way as bars on an axis of time. */
export function Timeline({ file }: { file: LectorFile }) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const pages = useAllPages(file.id)
  const now = useNow(file.finished_at === null)
  const all = useMemo(() => lanes(file, pages.data ?? [], now), [file, pages.data, now])
  const [asTable, setAsTable] = useState(false)
  const [zoom, setZoom] = useState(1)
  if (!pages.data) return <Asking query={pages} />
  if (all.every((lane) => !lane.bars.length)) return <p>{t.timeline.nothing}</p>
  const told = summary(all)
  const retried = retriedAt(file)
  const longest = told.longest && told.longest.seconds > 0.1 ? told.longest : null
  return (
    <>
      <Asking query={pages} />
      <div className={styles.bar}>
        <Text className={styles.grow}>
          {retried !== null && `${t.timeline.since(moment(retried, language))}: `}
          {t.timeline.summary(told.pages, duration(told.seconds, language), told.most)}
          {longest && `; ${t.timeline.longest(longest.page, duration(longest.seconds, language))}`}
        </Text>
        <Button
          icon={<ZoomOutRegular />}
          aria-label={t.timeline.zoomOut}
          disabled={zoom <= 1}
          onClick={() => setZoom(zoom / 2)}
        />
        <Button icon={<ZoomFitRegular />} aria-label={t.timeline.fit} onClick={() => setZoom(1)} />
        <Button
          icon={<ZoomInRegular />}
          aria-label={t.timeline.zoomIn}
          disabled={zoom >= MOST_ZOOM}
          onClick={() => setZoom(zoom * 2)}
        />
        <Switch
          label={t.timeline.asTable}
          checked={asTable}
          onChange={(_, { checked }) => setAsTable(checked)}
        />
      </div>
      <ul className={styles.legend}>
        {STEPS.map((step) => (
          <li key={step}>
            <span className={styles.mark} style={{ background: COLORS[step] }} aria-hidden />
            {t.timeline[step]}
          </li>
        ))}
        <li>↻ {t.timeline.again}</li>
      </ul>
      {asTable ? (
        <AsTable all={all} />
      ) : (
        <AsPicture all={all} seconds={told.seconds} zoom={zoom} setZoom={setZoom} />
      )}
    </>
  )
}

interface Picture {
  all: Lane[]
  seconds: number
  zoom: number
  setZoom: (zoom: number) => void
}

function AsPicture({ all, seconds, zoom, setZoom }: Picture) {
  const { t } = useSpoken()
  const styles = useStyles()
  const { frame, width } = useFrame((closer) =>
    setZoom(Math.min(MOST_ZOOM, Math.max(1, zoom * (closer ? 1.25 : 0.8)))),
  )
  return (
    <div
      ref={frame}
      className={styles.scroll}
      tabIndex={0}
      role="region"
      aria-label={t.timeline.label}
    >
      <Chart all={all} seconds={seconds} width={width * zoom} />
    </div>
  )
}

function AsTable({ all }: { all: Lane[] }) {
  const { t, language } = useSpoken()
  return (
    <Table size="small" aria-label={t.timeline.label}>
      <TableHeader>
        <TableRow>
          <TableHeaderCell>{t.file.pages}</TableHeaderCell>
          <TableHeaderCell>{t.timeline.step}</TableHeaderCell>
          <TableHeaderCell>{t.timeline.begins}</TableHeaderCell>
          <TableHeaderCell>{t.timeline.takes}</TableHeaderCell>
        </TableRow>
      </TableHeader>
      <TableBody>
        {all.flatMap((lane) =>
          lane.bars.map((bar) => (
            <TableRow key={`${lane.page} ${bar.step}`}>
              <TableCell>{lane.page ?? t.timeline.file}</TableCell>
              <TableCell>{t.timeline[bar.step]}</TableCell>
              <TableCell>+{duration(bar.start, language)}</TableCell>
              <TableCell>
                {bar.step === 'failed' ? '' : duration(bar.end - bar.start, language)}
              </TableCell>
            </TableRow>
          )),
        )}
      </TableBody>
    </Table>
  )
}
