import { Field, Input, makeStyles } from '@fluentui/react-components'
import { useText } from '../text'
import { useUploads } from './Uploads'
import { WishFields } from './WishFields'
import { isAmount } from './wishes'

const useStyles = makeStyles({
  fields: {
    flexBasis: '100%',
    alignSelf: 'stretch',
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(min(220px, 100%), 1fr))',
    gap: '12px',
    alignItems: 'start',
    textAlign: 'left',
  },
})

/** What is said here goes for every file that is added after it. */
export default function ReadingOptions() {
  const t = useText()
  const styles = useStyles()
  const { reading, setReading } = useUploads()
  const field = (name: 'pages' | 'language', label: string, hint?: string) => (
    <Field label={label} {...(hint && { hint })}>
      <Input
        value={reading[name] ?? ''}
        onChange={(_, { value }) => setReading({ ...reading, [name]: value.trim() })}
      />
    </Field>
  )
  return (
    <div className={styles.fields}>
      {field('pages', t.upload.pages)}
      {field('language', t.upload.languageOption, t.upload.languageHint)}
      <Field
        label={t.upload.mostUsd}
        hint={t.upload.mostUsdHint}
        {...(reading.max_cost && !isAmount(reading.max_cost)
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
      <WishFields
        wishes={reading}
        usual={null}
        change={(wishes) => setReading({ ...reading, ...wishes })}
      />
    </div>
  )
}
