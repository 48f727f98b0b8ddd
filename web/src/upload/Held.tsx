import { Button, Field, Input, makeStyles, tokens } from '@fluentui/react-components'
import { useState, type FormEvent } from 'react'
import { countOf } from '../file/pageNumbers'
import { useText } from '../text'
import type { Upload } from './queue'
import { Takes } from './Takes'
import { useUploads } from './Uploads'
import { wrongFields } from './wishes'

const useStyles = makeStyles({
  held: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'flex-start',
    gap: '8px 16px',
    padding: '10px 14px',
    borderRadius: tokens.borderRadiusLarge,
    backgroundColor: tokens.colorBrandBackground2,
  },
  words: { flexBasis: '100%' },
  // Fluent's usual red is too light on this ground
  wrong: { flexBasis: '100%', margin: 0, color: tokens.colorPaletteRedForeground2 },
  field: { flexGrow: 1, maxWidth: '420px' },
  // beside the field, which stands below its label
  beside: { marginTop: '22px', '@media (max-width: 600px)': { marginTop: 0 } },
})

interface Asked {
  uploads: Upload[]
  /** These fields are gone when all goes up: the focus goes elsewhere. */
  begun: () => void
}

/** Before files go up: what they take, and the password of those that may be locked. Nothing goes up
 * while a field of how they are to be read is wrong. The panel says that they wait. */
export function Held({ uploads, begun }: Asked) {
  const t = useText()
  const styles = useStyles()
  const { queue, reading, asks } = useUploads()
  const [password, setPassword] = useState('')
  const locked = uploads.filter((upload) => upload.locked).length
  const counts = uploads.map(({ pages = null }) => countOf(reading.pages ?? '', pages))
  const pages = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)
  const unknown = counts.filter((count) => count === null).length
  const wrong = wrongFields(reading)
  const names = { max_cost: t.upload.mostUsd, keep_days: t.upload.keepDays }
  const begin = (event: FormEvent) => {
    event.preventDefault()
    if (wrong.length) return
    queue.begin(reading, password)
    setPassword('')
    begun()
  }
  return (
    <form className={styles.held} onSubmit={begin}>
      <div className={styles.words}>
        {pages > 0 && <Takes pages={pages} what={t.common.pages(pages)} wishes={reading} />}
        {asks && unknown > 0 && <p className={styles.words}>{t.upload.pagesUnknown(unknown)}</p>}
      </div>
      {locked > 0 && (
        <Field
          className={styles.field}
          label={t.upload.password(locked)}
          hint={t.upload.passwordHint}
        >
          <Input
            type="password"
            autoComplete="off"
            value={password}
            onChange={(_, { value }) => setPassword(value)}
          />
        </Field>
      )}
      {wrong.length > 0 && (
        <p className={styles.wrong} role="alert">
          {t.upload.notSent(wrong.map((field) => names[field]))}
        </p>
      )}
      <Button
        type="submit"
        appearance="primary"
        className={locked ? styles.beside : undefined}
        disabledFocusable={wrong.length > 0}
      >
        {t.upload.begin}
      </Button>
    </form>
  )
}
