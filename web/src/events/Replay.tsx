import { Button, makeStyles, Switch, Text, tokens } from '@fluentui/react-components'
import { NextRegular, PauseRegular, PlayRegular, PreviousRegular } from '@fluentui/react-icons'
import { useEffect, useMemo, useState } from 'react'
import { duration } from '../shared/format'
import { useSpoken } from '../text'
import { MEANINGS } from '../text/eventWords'
import { Flow } from './Flow'
import { phasesOf, type Phase } from './phases'
import { outcomes, type ShownEvent } from './way'

const SLOW_MS = 2500
const QUICK_MS = 700

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: '8px',
    marginTop: '12px',
  },
  slider: {
    flexGrow: 1,
    minWidth: '160px',
    maxWidth: '480px',
    accentColor: tokens.colorBrandBackground,
  },
  said: {
    minHeight: '66px',
    margin: '8px 0 0',
    padding: '8px 12px',
    borderLeft: `3px solid ${tokens.colorBrandStroke1}`,
    overflowWrap: 'anywhere',
  },
  type: { fontFamily: tokens.fontFamilyMonospace },
})

interface Step {
  event: ShownEvent
  phase: Phase
  /** Which phase of its event it is, from 0. */
  nth: number
}

/** A step as it is remembered: where it is among all changes when earlier events are loaded. */
interface Place {
  id: string
  nth: number
}

interface Played {
  events: readonly ShownEvent[]
  since: string
  /** Whether these are all events of the file; else earlier ones are loaded by scrolling down. */
  isWhole: boolean
}

/** The way of one file, played again slowly: each event, step by step, from the first. */
export function Replay({ events, since, isWhole }: Played) {
  const { t } = useSpoken()
  const styles = useStyles()
  const steps = useMemo(() => stepsOf(events), [events])
  const [place, setPlace] = useState<Place | null>(null)
  const at = place && indexOf(place, steps)
  const [playing, setPlaying] = useState(false)
  const [quick, setQuick] = useState(false)
  const ended = (at ?? -1) >= steps.length - 1
  const next = placeOf(steps[(at ?? -1) + 1])
  useEffect(() => {
    if (!playing) return
    if (ended) return setPlaying(false)
    const timer = setTimeout(() => setPlace(next), place === null ? 0 : quick ? QUICK_MS : SLOW_MS)
    return () => clearTimeout(timer)
    // Not `next` itself: it is made anew whenever something happens, which would hold the play up.
  }, [playing, ended, place, next?.id, next?.nth, quick])
  const go = (to: number) => {
    setPlaying(false)
    setPlace(placeOf(steps[Math.max(0, Math.min(steps.length - 1, to))]))
  }
  const play = () => {
    if (ended) setPlace(null)
    setPlaying(!playing)
  }
  const step = at === null ? undefined : steps[at]
  return (
    <section aria-label={t.events.replay}>
      <div className={styles.bar}>
        <Button
          appearance="primary"
          icon={playing ? <PauseRegular /> : <PlayRegular />}
          onClick={play}
        >
          {playing ? t.events.pause : t.events.replay}
        </Button>
        <Button
          icon={<PreviousRegular />}
          aria-label={t.events.back}
          onClick={() => go((at ?? 0) - 1)}
        />
        <Button
          icon={<NextRegular />}
          aria-label={t.events.forth}
          onClick={() => go((at ?? -1) + 1)}
        />
        <input
          type="range"
          className={styles.slider}
          aria-label={t.events.step}
          aria-valuetext={step && `${at! + 1}: ${step.event.type}`}
          min={0}
          max={Math.max(0, steps.length - 1)}
          value={at ?? 0}
          onChange={({ target }) => go(Number(target.value))}
        />
        <Switch
          label={t.events.quick}
          checked={quick}
          onChange={(_, { checked }) => setQuick(checked)}
        />
      </div>
      <div className={styles.said} role="status">
        {step ? (
          <Said step={step} since={since} />
        ) : (
          <Text>
            {t.events.replayHint} {!isWhole && t.events.replayPart(events.length)}
          </Text>
        )}
      </div>
      <Flow phase={step?.phase ?? null} />
    </section>
  )
}

/** What happens at a step, in words. */
function Said({ step: { event, phase }, since }: { step: Step; since: string }) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const pages = event.data.pageNumber ?? event.data.pageNumbers?.join(', ')
  const after = (Date.parse(event.time) - Date.parse(since)) / 1000
  return (
    <>
      <div>
        {t.events.after(duration(after, language))}{' '}
        <span className={styles.type}>{event.type}</span>
        {pages && `, ${t.common.page(0).replace('0', String(pages))}`}:{' '}
        {MEANINGS[event.type]?.[language]}
      </div>
      <Text weight="semibold">{t.events.says[phase.say](phase.who)}</Text>
    </>
  )
}

/** Every step of events that are given newest first. */
function stepsOf(events: readonly ShownEvent[]): Step[] {
  const became = outcomes(events)
  return [...events]
    .reverse()
    .flatMap((event) =>
      phasesOf(event, became.get(event.id)).map((phase, nth) => ({ event, phase, nth })),
    )
}

const placeOf = (step: Step | undefined): Place | null =>
  step ? { id: step.event.id, nth: step.nth } : null

/** Where a step is now; of an event that has fewer phases since, the last one. */
function indexOf({ id, nth }: Place, steps: readonly Step[]): number | null {
  const at = steps.findLastIndex((step) => step.event.id === id && step.nth <= nth)
  return at < 0 ? null : at
}
