import { useEffect, useState } from 'react'
import type { LectorFile } from '../api/client'
import { follow, type CloudEvent } from '../api/live'
import { EventList } from '../events/EventList'
import { useText } from '../text'

const FROM_THE_BEGINNING = '0-0'

/** The events of one file: those that are kept, and then those that come. */
export function FileEvents({ file }: { file: LectorFile }) {
  const t = useText()
  const [events, setEvents] = useState<CloudEvent[]>([])
  useEffect(() => {
    const stop = new AbortController()
    setEvents([])
    const event = (one: CloudEvent) => setEvents((kept) => [...kept, one])
    void follow(`/v1/files/${file.id}/events`, { event }, stop.signal, FROM_THE_BEGINNING)
    return () => stop.abort()
  }, [file.id])
  if (!events.length) return <p>{t.events.none}</p>
  return <EventList events={events} since={file.created_at} names={new Map()} />
}
