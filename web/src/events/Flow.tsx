import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { useEffect, useState } from 'react'
import type { CloudEvent } from '../api/live'
import { MEANINGS } from '../text/eventWords'

const BOXES: [name: string, x: number, y: number][] = [
  ['upload', 20, 40],
  ['render', 220, 40],
  ['register', 420, 40],
  ['llm', 620, 40],
  ['outbox', 20, 140],
  ['sink', 220, 140],
  ['JetStream', 420, 140],
  ['source', 620, 140],
]
const WIDTH = 120
const HEIGHT = 44
const ARROWS = [
  // announced in the transaction: upload, register and llm into the outbox
  'M80 84 V136',
  'M480 84 V112 H100 V136',
  'M660 84 V112 H100 V136',
  // carried on: sink, JetStream, source
  'M140 162 H216',
  'M340 162 H416',
  'M540 162 H616',
  // delivered: the source wakes render, register and llm
  'M740 162 H770 V18 H280 V36',
  'M770 18 H480 V36',
  'M770 18 H680 V36',
]
const LIT_MS = 700

const useStyles = makeStyles({
  flow: {
    width: '100%',
    minWidth: '620px',
    maxWidth: '800px',
    height: 'auto',
    display: 'block',
    marginTop: '16px',
  },
  box: {
    fill: tokens.colorNeutralBackground1,
    stroke: tokens.colorNeutralStroke1,
    transitionProperty: 'fill',
    transitionDuration: '200ms',
  },
  lit: { fill: tokens.colorBrandBackground2, stroke: tokens.colorBrandStroke1, strokeWidth: '2px' },
  word: {
    fill: tokens.colorNeutralForeground1,
    fontSize: '14px',
    fontFamily: tokens.fontFamilyBase,
    textAnchor: 'middle',
  },
  arrow: { fill: 'none', stroke: tokens.colorNeutralStroke1, markerEnd: 'url(#tip)' },
  tip: { fill: tokens.colorNeutralStroke1 },
})

/** The way of an event: who announced it, who carries it, and whom it wakes. */
export function Flow({ last }: { last: CloudEvent | undefined }) {
  const styles = useStyles()
  const lit = useLit(last)
  return (
    <svg
      className={styles.flow}
      viewBox="0 0 790 200"
      role="img"
      aria-label="upload, register, llm → outbox → sink → JetStream → source → render, register, llm"
    >
      <defs>
        <marker
          id="tip"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          orient="auto"
        >
          <path className={styles.tip} d="M0 0 L8 4 L0 8 z" />
        </marker>
      </defs>
      {ARROWS.map((path) => (
        <path key={path} className={styles.arrow} d={path} />
      ))}
      {BOXES.map(([name, x, y]) => (
        <g key={name}>
          <rect
            className={mergeClasses(styles.box, lit.has(name) && styles.lit)}
            x={x}
            y={y}
            width={WIDTH}
            height={HEIGHT}
            rx={8}
          />
          <text className={styles.word} x={x + WIDTH / 2} y={y + 27}>
            {name}
          </text>
        </g>
      ))}
    </svg>
  )
}

function useLit(last: CloudEvent | undefined): Set<string> {
  const [lit, setLit] = useState(new Set<string>())
  useEffect(() => {
    if (!last) return
    const from = last.source.split('/').at(-1)!
    setLit(
      new Set([
        from,
        'outbox',
        'sink',
        'JetStream',
        'source',
        ...(MEANINGS[last.type]?.wakes ?? []),
      ]),
    )
    const timer = setTimeout(() => setLit(new Set()), LIT_MS)
    return () => clearTimeout(timer)
  }, [last])
  return lit
}
