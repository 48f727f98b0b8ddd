import { Button, makeStyles, tokens } from '@fluentui/react-components'
import { ArrowDownRegular, ArrowUpRegular } from '@fluentui/react-icons'
import type { WholePage } from '../api/client'
import { useSpoken } from '../text'
import { type Difference, DIFFERENCES, useMarkStyles } from './marks'
import { beside, differs, type Spot, spotOfNumber } from './spots'
import { verificationWords } from './verification'

const useStyles = makeStyles({
  box: {
    margin: '0 0 8px',
    padding: '8px 12px',
    display: 'flex',
    flexDirection: 'column',
    gap: '6px',
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusLarge,
  },
  line: { margin: 0, overflowWrap: 'anywhere' },
  row: { display: 'flex', alignItems: 'center', gap: '4px' },
  legend: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: '4px 14px',
    margin: 0,
    padding: 0,
    listStyleType: 'none',
  },
  numbers: { display: 'flex', flexWrap: 'wrap', gap: '4px', margin: 0, padding: 0 },
  item: { listStyleType: 'none' },
  number: {
    fontVariantNumeric: 'tabular-nums',
    fontWeight: tokens.fontWeightRegular,
    minWidth: 'unset',
    overflowWrap: 'anywhere',
  },
  note: { flexGrow: 1, minHeight: '1.5em', margin: 0, overflowWrap: 'anywhere' },
})

interface Shown {
  page: WholePage
  spots: Spot[]
  chosen: Spot | null
  choose: (spot: Spot | null) => void
}

/** What a second reader says of a page: how far both agree, and where they differ. */
export function SecondReader({ page, spots, chosen, choose }: Shown) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const { verification } = page
  const differences = spots.filter(differs)
  const isJudged = verification !== null && verification.status !== 'not_verified'
  if (!isJudged && !differences.length && !chosen) return null
  return (
    <section className={styles.box} aria-label={t.reading.spots.title}>
      {isJudged && <p className={styles.line}>{verificationWords(verification, language)}</p>}
      <Numbers page={page} spots={spots} chosen={chosen} choose={choose} />
      {differences.length > 0 && <Legend differences={differences} />}
      <div className={styles.row}>
        <p className={styles.note} role="status">
          {chosen ? t.reading.spots.label(chosen) : t.reading.spots.hint}
        </p>
        {differences.length > 0 && (
          <Button
            size="small"
            icon={<ArrowUpRegular />}
            aria-label={t.reading.spots.previous}
            onClick={() => choose(beside(differences, chosen, -1))}
          />
        )}
        {differences.length > 0 && (
          <Button
            size="small"
            icon={<ArrowDownRegular />}
            aria-label={t.reading.spots.next}
            onClick={() => choose(beside(differences, chosen, 1))}
          />
        )}
      </div>
    </section>
  )
}

/** What each mark means, and how many there are. */
function Legend({ differences }: { differences: Spot[] }) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const marks = useMarkStyles()
  const count = (kind: Difference) => differences.filter((spot) => spot.kind === kind).length
  const kinds = DIFFERENCES.filter(count)
  return (
    <ul className={styles.legend}>
      {kinds.map((kind) => (
        <li key={kind}>
          <span className={marks[kind]}>{t.reading.spots.kinds[kind]}</span>{' '}
          {count(kind).toLocaleString(language)}
        </li>
      ))}
    </ul>
  )
}

/** The numbers on which both differ, as each has them: a digit is the worst error there is. */
function Numbers({ page, spots, chosen, choose }: Shown) {
  const { t } = useSpoken()
  const styles = useStyles()
  const numbers = page.verification?.numbers ?? []
  if (!numbers.length) return null
  return (
    <>
      <p className={styles.line}>{t.reading.spots.numbers(numbers.length)}</p>
      <ul className={styles.numbers}>
        {numbers.map((number, index) => {
          const spot = spotOfNumber(spots, page.text ?? '', number)
          return (
            <li key={index} className={styles.item}>
              <Button
                size="small"
                className={styles.number}
                appearance={spot && spot === chosen ? 'primary' : 'secondary'}
                disabled={!spot}
                onClick={() => choose(spot)}
              >
                {number.text ?? t.reading.spots.lacking} ≠ {number.other ?? t.reading.spots.lacking}
              </Button>
            </li>
          )
        })}
      </ul>
    </>
  )
}
