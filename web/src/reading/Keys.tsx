import { Button, makeStyles, tokens } from '@fluentui/react-components'
import { Popup } from '../shared/Popup'
import { useText } from '../text'

const useStyles = makeStyles({
  list: { display: 'grid', gridTemplateColumns: 'max-content 1fr', gap: '8px 24px' },
  keys: { fontFamily: tokens.fontFamilyMonospace },
  what: { margin: 0 },
})

interface Shown {
  /** Keys and what they do; those of a page beside its text, unless others are said. */
  list?: string[][]
  close: () => void
}

/** Which keys do what. */
export function Keys({ list, close }: Shown) {
  const t = useText()
  const styles = useStyles()
  return (
    <Popup
      title={t.reading.keys}
      close={close}
      actions={<Button onClick={close}>{t.common.close}</Button>}
    >
      <dl className={styles.list}>
        {(list ?? t.reading.keysList).map(([keys, what]) => (
          <div key={keys} style={{ display: 'contents' }}>
            <dt className={styles.keys}>{keys}</dt>
            <dd className={styles.what}>{what}</dd>
          </div>
        ))}
      </dl>
    </Popup>
  )
}
