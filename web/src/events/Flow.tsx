import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { useEffect, useState } from 'react'
import type { CloudEvent } from '../api/live'
import { MEANINGS } from '../text/eventWords'

const BOXES: [name: string, x: number, y: number][] = [
  ['upload', 20, 20],
  ['outbox', 190, 95],
  ['sink', 345, 95],
  ['JetStream', 500, 95],
  ['source', 655, 95],
  ['render', 345, 20],
  ['register', 500, 20],
  ['llm', 655, 20],
]
const WIDTH = 120
const HEIGHT = 44
const ARROWS = [
  'M140 42 C165 42 165 117 190 117',
  'M310 117 H345',
  'M465 117 H500',
  'M620 117 H655',
  'M715 95 V64',
  'M655 105 C630 80 630 80 620 55',
  'M655 100 C560 76 480 76 440 64',
  'M560 64 C560 86 250 70 250 95',
  'M690 64 C690 88 270 74 270 95',
]
const LIT_MS = 700

const useStyles = makeStyles({
  flow: { width: '100%', maxWidth: '800px', height: 'auto', display: 'block', marginTop: '16px' },
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
      viewBox="0 0 790 150"
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
