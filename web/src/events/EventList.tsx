import {
  Accordion,
  AccordionHeader,
  AccordionItem,
  AccordionPanel,
  makeStyles,
  tokens,
} from '@fluentui/react-components'
import { useMemo, useRef } from 'react'
import { Link } from 'react-router'
import { between, duration, moment } from '../shared/format'
import { useRowsInSight } from '../shared/rows'
import { useSpoken } from '../text'
import { MEANINGS } from '../text/eventWords'
import { outcomes, producer, type Outcome, type ShownEvent } from './way'

/** A line of an event, as a wide screen shows it; those of a narrow one are measured when they are drawn. */
const ROW_PX = 32

const useStyles = makeStyles({
  line: { display: 'flex', flexWrap: 'wrap', gap: '2px 14px', alignItems: 'baseline' },
  time: {
    color: tokens.colorNeutralForeground2,
    fontVariantNumeric: 'tabular-nums',
    minWidth: '70px',
  },
  type: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  by: { color: tokens.colorNeutralForeground2 },
  next: { color: tokens.colorBrandForeground1 },
  name: { overflowWrap: 'anywhere' },
  facts: {
    display: 'grid',
    gridTemplateColumns: 'max-content minmax(0, 1fr)',
    gap: '2px 16px',
    margin: '4px 0 8px',
    '@media (max-width: 480px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  term: { color: tokens.colorNeutralForeground2 },
  fact: { margin: 0, overflowWrap: 'anywhere' },
  raw: {
    overflowX: 'auto',
    padding: '12px',
    margin: '0 0 8px',
    backgroundColor: tokens.colorNeutralBackground3,
    borderRadius: tokens.borderRadiusMedium,
    fontSize: tokens.fontSizeBase200,
  },
})

interface Shown {
  events: ShownEvent[]
  /** The moment that times are counted from; without it they are times of day. */
  since?: string
  names: Map<string, string>
}

/** Events, one line each, with what they mean and what became of them; all about each on demand. Those in sight are drawn. */
export function EventList({ events, since, names }: Shown) {
  const became = useMemo(() => outcomes(events), [events])
  const list = useRef<HTMLDivElement>(null)
  const { rows, above, below, measure } = useRowsInSight(list, events, ROW_PX)
  return (
    <div ref={list}>
      <Accordion multiple collapsible>
        <div style={{ height: above }} />
        {rows.map(({ index }) => {
          const event = events[index]!
          return (
            <AccordionItem key={event.id} value={event.id} ref={measure} data-index={index}>
              <AccordionHeader size="small">
                <Line
                  event={event}
                  since={since}
                  name={since ? '' : (names.get(event.subject) ?? event.file_name ?? '')}
                  outcome={became.get(event.id)}
                />
              </AccordionHeader>
              <AccordionPanel>
                <About event={event} outcome={became.get(event.id)} />
              </AccordionPanel>
            </AccordionItem>
          )
        })}
        <div style={{ height: below }} />
      </Accordion>
    </div>
  )
}

interface OneLine {
  event: ShownEvent
  since: string | undefined
  name: string
  outcome: Outcome | undefined
}

function Line({ event, since, name, outcome }: OneLine) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const meaning = MEANINGS[event.type]
  const pages = event.data.pageNumber ?? event.data.pageNumbers?.join(', ')
  const time = since
    ? t.events.after(duration((Date.parse(event.time) - Date.parse(since)) / 1000, language))
    : timeOf(event.time, language)
  return (
    <span className={styles.line}>
      <time className={styles.time} dateTime={event.time} title={moment(event.time, language)}>
        {time}
      </time>
      <span className={styles.type}>{event.type}</span>
      <span className={styles.by}>{t.events.by(producer(event))}</span>
      <span className={styles.name}>
        {name} {pages && t.common.page(0).replace('0', String(pages))}
      </span>
      <span>{meaning?.[language]}</span>
      {meaning?.wakes.length ? (
        <span className={styles.next}>
          {t.events.next}: {meaning.wakes.join(', ')}
          {outcome && `, ${duration(outcome.seconds, language)}`}
        </span>
      ) : null}
    </span>
  )
}

/** A moment of today by the clock alone, to the second; any other with its date. */
function timeOf(time: string, language: string): string {
  const then = new Date(time)
  const today = then.toDateString() === new Date().toDateString()
  return today ? then.toLocaleTimeString(language) : moment(time, language)
}

/** Who made an event, who took it, how long that took, and what it carries. */
function About({ event, outcome }: { event: ShownEvent; outcome: Outcome | undefined }) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const wakes = MEANINGS[event.type]?.wakes ?? []
  const waited = event.published_at ? between(event.time, event.published_at, 0) : null
  const after = outcome && t.events.followed(outcome.type, duration(outcome.seconds, language))
  const facts: [string, string | null | undefined][] = [
    [t.events.made, `${producer(event)}, ${moment(event.time, language)}`],
    [t.events.inOutbox, waited === null ? null : duration(waited, language)],
    [t.events.takenBy, wakes.length ? wakes.join(', ') : t.events.nobody],
    [t.events.then, after],
  ]
  const { file_name: _, published_at: __, ...cloudEvent } = event
  return (
    <>
      <dl className={styles.facts}>
        {facts.map(
          ([term, value]) =>
            value && [
              <dt key={term} className={styles.term}>
                {term}
              </dt>,
              <dd key={`${term} value`} className={styles.fact}>
                {value}
              </dd>,
            ],
        )}
      </dl>
      <p>
        <Link to={`/files/${event.subject}?tab=events`}>{t.events.wholeWay}</Link>
      </p>
      <pre className={styles.raw} tabIndex={0}>
        {JSON.stringify(cloudEvent, null, 2)}
      </pre>
    </>
  )
}
