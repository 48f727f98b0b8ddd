import { makeStyles, tokens } from '@fluentui/react-components'
import { duration } from '../shared/format'
import { useSpoken } from '../text'
import { ticks, type Bar, type Lane, type Step } from './timelineBars'

/** Fills that tell steps apart in light and dark, also without seeing red from green. */
export const COLORS: Record<Step, string> = {
  upload: '#7a6fd0',
  open: '#b48be0',
  waitImage: '#c9ccd1',
  draw: '#e0a030',
  waitModel: '#9aa3ad',
  read: '#12908f',
  failed: '#d13438',
}

const ROW = 22
const AXIS = 26
const LABELS = 74
const THIN = 14
/** A bar is never so small that it cannot be seen. */
const LEAST = 2

const useStyles = makeStyles({
  chart: { display: 'block' },
  text: {
    fill: tokens.colorNeutralForeground2,
    fontSize: '12px',
    fontFamily: tokens.fontFamilyBase,
  },
  line: { stroke: tokens.colorNeutralStroke2 },
  labels: { fill: tokens.colorNeutralBackground1 },
})

/** The picture: one row for the file, then one for each page. */
export function Chart({ all, seconds, width }: { all: Lane[]; seconds: number; width: number }) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const height = AXIS + all.length * ROW + 8
  const scale = (width - LABELS - 16) / Math.max(seconds, 0.001)
  const x = (second: number) => LABELS + second * scale
  return (
    <svg
      className={styles.chart}
      width={width}
      height={height}
      role="img"
      aria-label={t.timeline.label}
    >
      {ticks(seconds, width - LABELS).map((tick) => (
        <g key={tick}>
          <line className={styles.line} x1={x(tick)} x2={x(tick)} y1={AXIS - 4} y2={height} />
          <text className={styles.text} x={x(tick) + 3} y={16}>
            {duration(tick, language)}
          </text>
        </g>
      ))}
      {all.map((lane, row) => (
        <g key={lane.page ?? 'file'}>
          {lane.bars.map((bar) => (
            <Stretch key={bar.step} bar={bar} lane={lane} x={x} y={AXIS + row * ROW} />
          ))}
          <text className={styles.text} x={8} y={AXIS + row * ROW + 15}>
            {lane.page === null ? t.timeline.file : t.common.page(lane.page)}
            {lane.again && ' ↻'}
          </text>
        </g>
      ))}
    </svg>
  )
}

function Stretch({
  bar,
  lane,
  x,
  y,
}: {
  bar: Bar
  lane: Lane
  x: (second: number) => number
  y: number
}) {
  const { t, language } = useSpoken()
  const waits = bar.step.startsWith('wait')
  const height = waits ? THIN / 3 : THIN
  const page = lane.page === null ? t.timeline.file : t.common.page(lane.page)
  return (
    <rect
      x={x(bar.start)}
      y={y + 4 + (THIN - height) / 2}
      width={Math.max(LEAST, x(bar.end) - x(bar.start))}
      height={height}
      rx={2}
      fill={COLORS[bar.step]}
    >
      <title>{`${page}: ${t.timeline[bar.step]}, ${duration(bar.end - bar.start, language)} (+${duration(bar.start, language)})`}</title>
    </rect>
  )
}
