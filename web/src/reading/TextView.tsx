import { makeStyles, MessageBar, MessageBarBody, Text, tokens } from '@fluentui/react-components'
import type { WholePage } from '../api/client'
import { PageState } from '../shared/Status'
import { useSpoken } from '../text'
import { Detail, DoubtNotice } from './DoubtNotice'
import { PageText } from './PageText'
import { explained } from './reasons'
import { PANE } from './reveal'
import { NARROW } from './Sides'
import { SecondReader } from './SecondReader'
import type { Side, Spot } from './spots'
import type { TextForm } from './useTextForm'
import { waitWords } from './waiting'

const useStyles = makeStyles({
  paper: {
    overflow: 'auto',
    flex: '1 1 0',
    boxSizing: 'border-box',
    minHeight: '220px',
    padding: '16px 20px',
    backgroundColor: tokens.colorNeutralBackground1,
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    [NARROW]: { flex: 'none', minHeight: 0 },
  },
  message: { flex: 'none', marginBottom: '8px' },
})

interface Shown {
  page: WholePage
  form: TextForm
  spots: Spot[]
  chosen: Spot | null
  from: Side | null
  choose: (spot: Spot | null, from?: Side) => void
}

/** A page's text with what speaks against it; or why there is none, and what one can do. */
export function TextView({ page, form, spots, chosen, from, choose }: Shown) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const why = page.status === 'failed' ? explained(page, language) : null
  const waits = page.status === 'pending' || page.status === 'rendered'
  return (
    <>
      {why && (
        <MessageBar intent="error" layout="multiline" className={styles.message}>
          <MessageBarBody>
            {why.what} {why.advice && <Text italic>{why.advice}</Text>}
            <Detail detail={why.detail ?? null} />
          </MessageBarBody>
        </MessageBar>
      )}
      {waits && (
        <MessageBar layout="multiline" className={styles.message}>
          <MessageBarBody>
            <PageState status={page.status} /> {page.text !== null && t.reading.waitsFor}{' '}
            {waitWords(page, language)}
          </MessageBarBody>
        </MessageBar>
      )}
      <DoubtNotice doubts={page.doubts} />
      <SecondReader page={page} spots={spots} chosen={chosen} choose={choose} />
      <div className={styles.paper} {...PANE} tabIndex={0} role="region" aria-label={t.file.text}>
        {page.text === '' && <Text italic>{t.reading.noText}</Text>}
        {page.text === null && <Text italic>{why ? t.reading.neverRead : t.reading.notYet}</Text>}
        <PageText
          key={page.number}
          text={page.text ?? ''}
          provenance={page.provenance}
          hits={page.highlights}
          spots={spots}
          chosen={chosen}
          from={from}
          choose={choose}
          isRendered={form.isRendered}
          drawn={form.drawn}
        />
      </div>
    </>
  )
}
