import { Checkbox, Field, Input, makeStyles } from '@fluentui/react-components'
import { useUsualKeeping } from '../api/queries'
import { useText } from '../text'
import { DaysField } from './DaysField'
import { Takes } from './Takes'
import { useUploads } from './Uploads'
import { WishFields } from './WishFields'
import { wrongFields } from './wishes'

const useStyles = makeStyles({
  fields: {
    flexBasis: '100%',
    alignSelf: 'stretch',
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(min(300px, 100%), 1fr))',
    gap: '12px',
    alignItems: 'start',
    textAlign: 'left',
  },
  wide: { gridColumn: '1 / -1' },
})

/** Of so many pages it is said what they take: of one, figures are too small to compare. */
const SOME = 100

/** What is said here goes for every file that is added after it. */
export default function ReadingOptions() {
  const t = useText()
  const styles = useStyles()
  const { reading, setReading, asks, setAsks } = useUploads()
  const usual = useUsualKeeping().data
  return (
    <div className={styles.fields}>
      <WishFields
        wishes={reading}
        usual={null}
        change={(wishes) => setReading({ ...reading, ...wishes })}
      >
        <Field label={t.upload.pages}>
          <Input
            value={reading.pages ?? ''}
            onChange={(_, { value }) => setReading({ ...reading, pages: value.trim() })}
          />
        </Field>
        <Field
          label={t.upload.mostUsd}
          hint={t.upload.mostUsdHint}
          {...(wrongFields(reading).includes('max_cost')
            ? { validationMessage: t.upload.noAmount }
            : {})}
        >
          <Input
            inputMode="decimal"
            contentBefore="$"
            value={reading.max_cost ?? ''}
            onChange={(_, { value }) => setReading({ ...reading, max_cost: value.trim() })}
          />
        </Field>
        <DaysField
          days={reading.keep_days ?? ''}
          change={(days) => setReading({ ...reading, keep_days: days })}
          hint={usual ? t.upload.keepUsual(usual) : t.upload.keepAlways}
        />
        <div className={styles.wide}>
          {reading.text_layer !== 'always' && (
            <Takes pages={SOME} free={0} what={t.upload.each(SOME)} wishes={reading} />
          )}
        </div>
      </WishFields>
      <div className={styles.wide}>
        <Checkbox
          checked={asks}
          label={t.upload.asks}
          onChange={(_, { checked }) => setAsks(checked === true)}
        />
      </div>
    </div>
  )
}
