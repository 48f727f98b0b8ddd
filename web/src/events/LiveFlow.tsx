import { useMemo } from 'react'
import type { CloudEvent } from '../api/live'
import { useBacklog } from '../api/queries'
import { useNow } from '../shared/hooks'
import { useText } from '../text'
import { Flow } from './Flow'
import { useEvents } from './useEvents'
import { activity, type Activity } from './way'

const ALL = { type: '', file: '' }

/** A pod that nothing comes to is kept for about as long. */
const AWAKE_S = 60
/** Of what was longer ago, nothing is said. */
const TOLD_S = 3600

/** The drawing as things are: who is at work, who was heard of lately, and who may sleep by now. */
export function LiveFlow({ fresh }: { fresh: CloudEvent[] }) {
  const t = useText()
  // Whatever the list below is filtered by: what is left out there would seem not to have followed.
  const { events } = useEvents(ALL, fresh)
  const now = useNow(true)
  const heard = useMemo(() => activity(events), [events])
  const words = ({ underWay, heardAt }: Activity): [string] | [] => {
    if (underWay) return [t.events.underWay(underWay)]
    const silent = heardAt === null ? Infinity : Math.max(0, (now - Date.parse(heardAt)) / 1000)
    if (silent < AWAKE_S) return [t.events.awake]
    return silent < TOLD_S ? [t.events.idle(Math.floor(silent / 60))] : []
  }
  const known = [...heard].flatMap(([name, one]) => words(one).map((said) => [name, said]))
  return <Flow last={fresh.at(-1)} known={{ ...useDepths(), ...Object.fromEntries(known) }} />
}

/** What waits in the outbox and in the stream, in words; nothing where nothing does. */
function useDepths(): Record<string, string> {
  const t = useText()
  const { data } = useBacklog()
  if (!data) return {}
  const onTheWay = data.to_open + data.to_draw + data.to_read
  return {
    ...(data.unpublished && { 'outbox table': t.events.toPublish(data.unpublished) }),
    ...(onTheWay && { LECTOR: t.events.onTheWay(onTheWay) }),
  }
}
