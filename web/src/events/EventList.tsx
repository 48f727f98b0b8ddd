import {
  Accordion,
  AccordionHeader,
  AccordionItem,
  AccordionPanel,
  makeStyles,
  tokens,
} from '@fluentui/react-components'
import type { CloudEvent } from '../api/live'
import { duration, moment } from '../shared/format'
import { useSpoken } from '../text'
import { MEANINGS } from '../text/eventWords'

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
  raw: {
    overflowX: 'auto',
    padding: '12px',
    backgroundColor: tokens.colorNeutralBackground3,
    borderRadius: tokens.borderRadiusMedium,
    fontSize: tokens.fontSizeBase200,
  },
})

interface Shown {
  events: CloudEvent[]
  /** The moment that times are counted from; without it they are times of day. */
  since?: string
  names: Map<string, string>
}

/** Events, one line each, with what they mean and whom they wake; the event itself on demand. */
export function EventList({ events, since, names }: Shown) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  return (
    <Accordion multiple collapsible>
      {events.map((event) => {
        const meaning = MEANINGS[event.type]
        const pages = event.data.pageNumber ?? event.data.pageNumbers?.join(', ')
        const time = since
          ? t.events.after(duration((Date.parse(event.time) - Date.parse(since)) / 1000, language))
          : new Date(event.time).toLocaleTimeString(language)
        return (
          <AccordionItem key={event.id} value={event.id}>
            <AccordionHeader size="small">
              <span className={styles.line}>
                <time
                  className={styles.time}
                  dateTime={event.time}
                  title={moment(event.time, language)}
                >
                  {time}
                </time>
                <span className={styles.type}>{event.type}</span>
                <span className={styles.by}>{t.events.by(event.source.split('/').at(-1)!)}</span>
                <span>
                  {names.get(event.subject)} {pages && t.common.page(0).replace('0', String(pages))}
                </span>
                <span>{meaning?.[language]}</span>
                {meaning?.wakes.length ? (
                  <span className={styles.next}>
                    {t.events.next}: {meaning.wakes.join(', ')}
                  </span>
                ) : null}
              </span>
            </AccordionHeader>
            <AccordionPanel>
              <pre className={styles.raw} tabIndex={0}>
                {JSON.stringify(event, null, 2)}
              </pre>
            </AccordionPanel>
          </AccordionItem>
        )
      })}
    </Accordion>
  )
}
