import type { LectorFile } from '../api/client'
import { useLive } from '../app/Live'
import { EventList } from '../events/EventList'
import { Replay } from '../events/Replay'
import { useEvents } from '../events/useEvents'
import { Asking, More } from '../shared/States'
import { useText } from '../text'

/** The events of one file: played again slowly, those that are kept, and those that come. */
export function FileEvents({ file }: { file: LectorFile }) {
  const t = useText()
  const { list, events } = useEvents({ type: '', file: file.id }, useLive().events)
  if (!list.data) return <Asking query={list} />
  if (!events.length && !list.hasNextPage) return <p>{t.events.gone}</p>
  return (
    <>
      <Asking query={list} />
      <Replay events={events} since={file.created_at} isWhole={!list.hasNextPage} />
      <EventList events={events} since={file.created_at} names={new Map()} />
      <More list={list} />
    </>
  )
}
