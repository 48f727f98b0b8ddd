import { Button, makeStyles, ToggleButton, tokens } from '@fluentui/react-components'
import { ArrowDownRegular, ArrowUpRegular } from '@fluentui/react-icons'
import { useMarkStyles } from '../reading/marks'
import { useText } from '../text'
import { hasChoice, isOpen, type Mark, type Taken } from './draft'

const useStyles = makeStyles({
  box: {
    margin: '0 0 8px',
    padding: '8px 12px',
    display: 'flex',
    flexDirection: 'column',
    gap: '8px',
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusLarge,
  },
  row: { display: 'flex', alignItems: 'center', gap: '4px' },
  note: { flexGrow: 1, margin: 0, overflowWrap: 'anywhere' },
  readings: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(160px, 1fr))',
    gap: '8px',
  },
  reading: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'flex-start',
    justifyContent: 'flex-start',
    textAlign: 'left',
    minWidth: 0,
  },
  who: { fontSize: tokens.fontSizeBase200, fontWeight: tokens.fontWeightRegular },
  key: {
    fontFamily: tokens.fontFamilyMonospace,
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusSmall,
    padding: '0 4px',
    marginRight: '6px',
  },
  words: {
    overflowWrap: 'anywhere',
    maxHeight: '6.5em',
    overflow: 'hidden',
    fontVariantNumeric: 'tabular-nums',
  },
})

interface Shown {
  marks: Mark[]
  chosen: Mark | null
  step: (step: 1 | -1) => void
  take: (taken: Taken) => void
  mayWrite: boolean
}

/** The place in doubt that was chosen: what each reader has there, and how many are left. */
export function Place({ marks, chosen, step, take, mayWrite }: Shown) {
  const t = useText()
  const styles = useStyles()
  const open = marks.filter(isOpen).length
  const any = marks.some((mark) => mark.decided || isOpen(mark))
  return (
    <section className={styles.box} aria-label={t.reading.spots.title}>
      <div className={styles.row}>
        <p className={styles.note} role="status">
          {any ? t.check.open(open) : t.check.noPlaces}
        </p>
        {open > 0 && (
          <>
            <Button
              size="small"
              icon={<ArrowUpRegular />}
              aria-label={t.reading.spots.previous}
              onClick={() => step(-1)}
            />
            <Button
              size="small"
              icon={<ArrowDownRegular />}
              aria-label={t.reading.spots.next}
              onClick={() => step(1)}
            />
          </>
        )}
      </div>
      {chosen &&
        (hasChoice(chosen) ? (
          <Readings mark={chosen} take={take} mayWrite={mayWrite} />
        ) : (
          chosen.spot.confidence !== null && (
            <p className={styles.note}>
              {t.check.unsure(chosen.spot.text, chosen.spot.confidence)}
            </p>
          )
        ))}
    </section>
  )
}

interface Choice {
  mark: Mark
  take: (taken: Taken) => void
  mayWrite: boolean
}

/** Two readings, one of which is taken. */
function Readings({ mark, take, mayWrite }: Choice) {
  const t = useText()
  const styles = useStyles()
  const marks = useMarkStyles()
  const { spot, taken } = mark
  const readings: [Taken, string, string][] = [
    ['own', t.check.own, spot.text],
    ['other', t.check.other, spot.other ?? ''],
  ]
  const style = spot.kind === 'plain' || spot.kind === 'same' ? '' : marks[spot.kind]
  return (
    <div className={styles.readings} role="group" aria-label={t.check.decide}>
      {readings.map(([which, who, words], index) => (
        <ToggleButton
          key={which}
          checked={taken === which}
          disabled={!mayWrite}
          className={styles.reading}
          onClick={() => take(which)}
        >
          <span className={styles.who}>
            <kbd className={styles.key}>{index + 1}</kbd>
            {who}
          </span>
          <span className={styles.words}>
            {words ? (
              <span className={which === 'own' && spot.kind !== 'missing' ? style : ''}>
                {words}
              </span>
            ) : (
              <i>{t.check.nothing}</i>
            )}
          </span>
        </ToggleButton>
      ))}
    </div>
  )
}
