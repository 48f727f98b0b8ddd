import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { useEffect, useId, useRef, useState } from 'react'
import type { CloudEvent } from '../api/live'
import { useText } from '../text'
import { BOX, HEIGHT, PARTS, WAYS, WIDTH, type Part } from './drawing'
import { phasesOf, type Phase } from './phases'

const LIT_MS = 700

const useStyles = makeStyles({
  both: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 960px) minmax(240px, 480px)',
    gap: '8px 32px',
    alignItems: 'center',
    margin: '12px 0',
    '@media (max-width: 1199px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  frame: { overflowX: 'auto' },
  flow: { width: '100%', minWidth: '680px', height: 'auto', display: 'block' },
  box: {
    fill: tokens.colorNeutralBackground1,
    stroke: tokens.colorNeutralStrokeAccessible,
    transitionProperty: 'fill',
    transitionDuration: '200ms',
  },
  litBox: {
    fill: tokens.colorBrandBackground2,
    stroke: tokens.colorBrandStroke1,
    strokeWidth: '2.5px',
  },
  word: {
    fill: tokens.colorNeutralForeground1,
    fontSize: '14px',
    fontWeight: 600,
    fontFamily: tokens.fontFamilyBase,
    textAnchor: 'middle',
  },
  kind: {
    fill: tokens.colorNeutralForeground2,
    fontSize: '12px',
    fontFamily: tokens.fontFamilyBase,
    textAnchor: 'middle',
  },
  way: { fill: 'none', stroke: tokens.colorNeutralStroke1, strokeWidth: '1.5px' },
  dashed: { strokeDasharray: '4 4' },
  litWay: { stroke: tokens.colorBrandStroke1, strokeWidth: '3px' },
  tip: { fill: tokens.colorNeutralStroke1 },
  litTip: { fill: tokens.colorBrandStroke1 },
  mark: { fill: tokens.colorBrandBackground },
  number: {
    fill: tokens.colorNeutralForegroundOnBrand,
    fontSize: '12px',
    fontWeight: 700,
    fontFamily: tokens.fontFamilyBase,
    textAnchor: 'middle',
  },
  ideas: { margin: 0, paddingLeft: '20px', display: 'grid', gap: '8px' },
})

interface Shown {
  /** What is lit; without it the newest event is, for a moment. */
  phase?: Phase | null
  last?: CloudEvent | undefined
  /** What is known of a part right now, such as how much waits in it. */
  known?: Partial<Record<string, string>>
}

/** The way of an event: who announces it, who carries it, whom it wakes, and the three ideas that hold it together. */
export function Flow({ phase, last, known = {} }: Shown) {
  const t = useText()
  const styles = useStyles()
  const fresh = useLit(last)
  const lit = phase === undefined ? fresh : phase ? [phase] : []
  const frame = useRef<HTMLDivElement>(null)
  useEffect(() => bring(frame.current, phase?.parts[0]), [phase])
  return (
    <div className={styles.both}>
      <div
        ref={frame}
        className={styles.frame}
        tabIndex={0}
        role="group"
        aria-label={t.events.flow}
      >
        <Picture
          parts={new Set(lit.flatMap(({ parts }) => parts))}
          ways={new Set(lit.flatMap(({ ways }) => ways))}
          known={known}
        />
      </div>
      <ol className={styles.ideas}>
        {t.events.ideas.map(([name, words]) => (
          <li key={name}>
            <strong>{name}.</strong> {words}
          </li>
        ))}
      </ol>
    </div>
  )
}

/** Where the drawing is wider than its frame, have a part of it in the middle. */
function bring(frame: HTMLElement | null, name: string | undefined) {
  const part = PARTS.find((one) => one.name === name)
  if (!frame || !part) return
  const middle = ((part.x + BOX.width / 2) / WIDTH) * frame.scrollWidth
  frame.scrollLeft = middle - frame.clientWidth / 2
}

interface Lit {
  parts: Set<string>
  ways: Set<string>
  known: Partial<Record<string, string>>
}

function Picture({ parts, ways, known }: Lit) {
  const t = useText()
  const styles = useStyles()
  const id = useId()
  // What is lit is drawn last, above what it crosses.
  const inOrder = Object.entries(WAYS).sort(([a], [b]) => Number(ways.has(a)) - Number(ways.has(b)))
  return (
    <svg
      className={styles.flow}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={t.events.drawn}
    >
      <defs>
        <Tip id={`${id}tip`} className={styles.tip} />
        <Tip id={`${id}lit`} className={styles.litTip} />
      </defs>
      {inOrder.map(([name, { path, dashed }]) => (
        <path
          key={name}
          className={mergeClasses(
            styles.way,
            dashed && styles.dashed,
            ways.has(name) && styles.litWay,
          )}
          d={path}
          markerEnd={`url(#${id}${ways.has(name) ? 'lit' : 'tip'})`}
        />
      ))}
      {PARTS.map((part) => (
        <Box key={part.name} part={part} lit={parts.has(part.name)} known={known[part.name]} />
      ))}
    </svg>
  )
}

function Tip({ id, className }: { id: string; className: string }) {
  return (
    <marker
      id={id}
      viewBox="0 0 8 8"
      refX="7"
      refY="4"
      markerWidth="8"
      markerHeight="8"
      markerUnits="userSpaceOnUse"
      orient="auto"
    >
      <path className={className} d="M0 0 L8 4 L0 8 z" />
    </marker>
  )
}

function Box({ part, lit, known }: { part: Part; lit: boolean; known: string | undefined }) {
  const t = useText()
  const styles = useStyles()
  const { name, x, y, idea } = part
  const center = x + BOX.width / 2
  return (
    <g>
      <rect
        className={mergeClasses(styles.box, lit && styles.litBox)}
        x={x}
        y={y}
        width={BOX.width}
        height={BOX.height}
        rx={8}
      />
      <text className={styles.word} x={center} y={y + 23}>
        {name}
      </text>
      <text className={styles.kind} x={center} y={y + 42}>
        {known ?? t.events.kinds[name]}
      </text>
      {idea && (
        <>
          <circle className={styles.mark} cx={x + BOX.width - 2} cy={y + 2} r={10} />
          <text className={styles.number} x={x + BOX.width - 2} y={y + 6}>
            {idea}
          </text>
        </>
      )}
    </g>
  )
}

function useLit(last: CloudEvent | undefined): Phase[] {
  const [lit, setLit] = useState<Phase[]>([])
  useEffect(() => {
    if (!last) return
    setLit(phasesOf(last))
    const timer = setTimeout(() => setLit([]), LIT_MS)
    return () => clearTimeout(timer)
  }, [last])
  return lit
}
