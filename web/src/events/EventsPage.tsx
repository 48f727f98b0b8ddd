import { Button, makeStyles, Select, Text, tokens } from '@fluentui/react-components'
import { DismissRegular, PauseRegular, PlayRegular } from '@fluentui/react-icons'
import { useQueryClient, type InfiniteData, type QueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import type { LectorFile } from '../api/client'
import type { FileList } from '../api/lists'
import { useLive } from '../app/Live'
import { useHeading } from '../shared/hooks'
import { Asking, More } from '../shared/States'
import { useText } from '../text'
import { MEANINGS } from '../text/eventWords'
import { EventList } from './EventList'
import { LiveFlow } from './LiveFlow'
import { useEvents } from './useEvents'

const useStyles = makeStyles({
  title: {
    margin: '0 0 8px',
    fontSize: tokens.fontSizeHero700,
    lineHeight: tokens.lineHeightHero700,
  },
  bar: { display: 'flex', gap: '8px', margin: '16px 0', flexWrap: 'wrap' },
})

/** What happens in this Lector, for people who want to see how such a system works. */
export default function EventsPage() {
  const t = useText()
  const styles = useStyles()
  const heading = useHeading<HTMLHeadingElement>(t.events.title)
  const fresh = useLive().events
  const client = useQueryClient()
  const [query, setQuery] = useSearchParams()
  const wanted = { type: query.get('type') ?? '', file: query.get('file') ?? '' }
  const [paused, setPaused] = useState<typeof fresh | null>(null)
  const { list, events } = useEvents(wanted, paused ?? fresh)
  const names = namesOf(client)
  const change = (changed: Partial<typeof wanted>) =>
    setQuery(
      Object.entries({ ...wanted, ...changed }).filter(([, value]) => value),
      { replace: true },
    )
  return (
    <>
      <h1 {...heading} className={styles.title}>
        {t.events.title}
      </h1>
      <Text>{t.events.intro}</Text>
      <LiveFlow fresh={fresh} />
      <div className={styles.bar}>
        <Select
          aria-label={t.events.type}
          value={wanted.type}
          onChange={(_, { value }) => change({ type: value })}
        >
          <option value="">{t.events.all}</option>
          {Object.keys(MEANINGS).map((one) => (
            <option key={one}>{one}</option>
          ))}
        </Select>
        <FileChoice events={events} file={wanted.file} choose={(file) => change({ file })} />
        <Button
          icon={paused ? <PlayRegular /> : <PauseRegular />}
          onClick={() => setPaused(paused ? null : fresh)}
        >
          {paused ? t.events.resume : t.events.pause}
        </Button>
      </div>
      <Asking query={list} />
      {!list.isPending && !events.length && !list.hasNextPage && (
        <p role="status">{wanted.type || wanted.file ? t.events.noneOfThese : t.events.none}</p>
      )}
      <EventList events={events} names={names} />
      <More list={list} />
    </>
  )
}

interface Choice {
  events: { subject: string; file_name?: string }[]
  file: string
  choose: (file: string) => void
}

/** One of the files that something happened to, of those that are loaded. */
function FileChoice({ events, file, choose }: Choice) {
  const t = useText()
  const named = new Map(events.map((event) => [event.subject, event.file_name ?? event.subject]))
  if (file)
    return (
      <Button icon={<DismissRegular />} iconPosition="after" onClick={() => choose('')}>
        {t.events.onlyFile(named.get(file) ?? file)}
      </Button>
    )
  return (
    <Select aria-label={t.events.file} value="" onChange={(_, { value }) => choose(value)}>
      <option value="">{t.events.allFiles}</option>
      {[...named].map(([id, name]) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </Select>
  )
}

/** The names of the files that this browser knows of. */
function namesOf(client: QueryClient): Map<string, string> {
  const alone = client.getQueriesData<LectorFile>({ queryKey: ['file'] }).map(([, file]) => file)
  const listed = client
    .getQueriesData<InfiniteData<FileList>>({ queryKey: ['files'] })
    .flatMap(([, lists]) => lists?.pages.flatMap((page) => page.files) ?? [])
  return new Map([...alone, ...listed].flatMap((file) => (file ? [[file.id, file.name]] : [])))
}
