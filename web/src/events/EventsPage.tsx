import { Button, makeStyles, Select, Text, tokens } from '@fluentui/react-components'
import { PauseRegular, PlayRegular } from '@fluentui/react-icons'
import { useQueryClient, type InfiniteData, type QueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { LectorFile } from '../api/client'
import type { FileList } from '../api/lists'
import { useLive } from '../app/Live'
import { useHeading } from '../shared/hooks'
import { useText } from '../text'
import { MEANINGS } from '../text/eventWords'
import { EventList } from './EventList'
import { Flow } from './Flow'

const SHOWN = 200

const useStyles = makeStyles({
  title: {
    margin: '0 0 8px',
    fontSize: tokens.fontSizeHero700,
    lineHeight: tokens.lineHeightHero700,
  },
  flow: { overflowX: 'auto' },
  bar: { display: 'flex', gap: '8px', margin: '16px 0', flexWrap: 'wrap' },
})

/** What happens in this Lector, for people who want to see how such a system works. */
export default function EventsPage() {
  const t = useText()
  const styles = useStyles()
  const heading = useHeading<HTMLHeadingElement>(t.events.title)
  const { events } = useLive()
  const client = useQueryClient()
  const [type, setType] = useState('')
  const [paused, setPaused] = useState<typeof events | null>(null)
  const shown = (paused ?? events).filter((event) => !type || event.type === type).slice(-SHOWN)
  const names = namesOf(client)
  return (
    <>
      <h1 {...heading} className={styles.title}>
        {t.events.title}
      </h1>
      <Text>{t.events.intro}</Text>
      <div className={styles.flow} tabIndex={0} role="group" aria-label={t.events.flow}>
        <Flow last={events.at(-1)} />
      </div>
      <div className={styles.bar}>
        <Select aria-label={t.events.type} value={type} onChange={(_, { value }) => setType(value)}>
          <option value="">{t.events.all}</option>
          {Object.keys(MEANINGS).map((one) => (
            <option key={one}>{one}</option>
          ))}
        </Select>
        <Button
          icon={paused ? <PlayRegular /> : <PauseRegular />}
          onClick={() => setPaused(paused ? null : events)}
        >
          {paused ? t.events.resume : t.events.pause}
        </Button>
      </div>
      {shown.length ? (
        <EventList events={[...shown].reverse()} names={names} />
      ) : (
        <p>{t.events.none}</p>
      )}
    </>
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
