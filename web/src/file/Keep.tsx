import { Button } from '@fluentui/react-components'
import { useState } from 'react'
import type { LectorFile } from '../api/client'
import { useActions, useMe } from '../api/queries'
import { moment } from '../shared/format'
import { Popup } from '../shared/Popup'
import { Problem } from '../shared/States'
import { useSpoken } from '../text'
import { DaysField } from '../upload/DaysField'

/** When a file is deleted by itself, and how that is changed. */
export function Keep({ file }: { file: LectorFile }) {
  const { t, language } = useSpoken()
  const mayWrite = useMe().data?.scopes.includes('write') ?? false
  const [changing, setChanging] = useState(false)
  return (
    <>
      {file.delete_at ? t.file.deletedOn(moment(file.delete_at, language)) : t.file.neverDeleted}
      {mayWrite && (
        <Button size="small" appearance="transparent" onClick={() => setChanging(true)}>
          {t.file.changeKeeping}
        </Button>
      )}
      {changing && <Change file={file} close={() => setChanging(false)} />}
    </>
  )
}

function Change({ file, close }: { file: LectorFile; close: () => void }) {
  const { t } = useSpoken()
  const { keep } = useActions()
  const [days, setDays] = useState('')
  const change = (keep_days: number | null) =>
    keep.mutate({ id: file.id, keep_days }, { onSuccess: close })
  return (
    <Popup
      title={t.file.keepTitle}
      close={close}
      actions={
        <>
          <Button onClick={close}>{t.common.cancel}</Button>
          {file.delete_at && (
            <Button disabled={keep.isPending} onClick={() => change(null)}>
              {t.file.keepAlways}
            </Button>
          )}
          <Button
            appearance="primary"
            disabled={!days || keep.isPending}
            onClick={() => change(Number(days))}
          >
            {t.file.keepDays}
          </Button>
        </>
      }
    >
      <DaysField days={days} change={setDays} hint={t.file.keepHint} />
      {keep.error && <Problem error={keep.error} />}
    </Popup>
  )
}
