import { Button, Checkbox, makeStyles } from '@fluentui/react-components'
import { useState } from 'react'
import { useActions, useFile } from '../api/queries'
import { Popup } from '../shared/Popup'
import { Problem } from '../shared/States'
import { useText } from '../text'
import { Takes } from '../upload/Takes'
import { WishFields } from '../upload/WishFields'
import { toSend, type Wishes } from '../upload/wishes'
import { countOf } from './pageNumbers'

const useStyles = makeStyles({ fields: { display: 'grid', gap: '12px' } })

/** Have pages read again: by other words to the model, by another model, or from the PDF itself. */
export function Again({ id, pages, close }: { id: string; pages: string; close: () => void }) {
  const t = useText()
  const { retry } = useActions()
  const styles = useStyles()
  // Who has a page read again wants another text than the one that it carries, as a rule.
  const [wishes, setWishes] = useState<Wishes>({ text_layer: 'never' })
  const file = useFile(id).data
  const hasCorrected = (file?.progress.corrected ?? 0) > 0
  const [corrected, setCorrected] = useState(false)
  const before = file ?? {}
  const count = countOf(pages, null) ?? 1
  const wanted = { id, pages, ...toSend(wishes), ...(corrected && { include_corrected: true }) }
  const begin = () => retry.mutate(wanted, { onSuccess: close })
  return (
    <Popup
      title={t.file.againTitle}
      close={close}
      actions={
        <>
          <Button onClick={close}>{t.common.cancel}</Button>
          <Button appearance="primary" onClick={begin} disabled={retry.isPending}>
            {t.file.again}
          </Button>
        </>
      }
    >
      <p>
        {t.file.againPages}: {pages}. {t.file.againHint}
      </p>
      <div className={styles.fields}>
        <WishFields wishes={wishes} change={setWishes} usual="never" before={before}>
          {wishes.text_layer !== 'always' && (
            <Takes pages={count} what={t.common.pages(count)} wishes={wishes} before={before} />
          )}
        </WishFields>
        {hasCorrected && (
          <Checkbox
            checked={corrected}
            onChange={(_, { checked }) => setCorrected(checked === true)}
            label={t.file.againCorrected}
          />
        )}
      </div>
      {retry.error && <Problem error={retry.error} />}
    </Popup>
  )
}
