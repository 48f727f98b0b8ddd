import { Button, useRestoreFocusTarget } from '@fluentui/react-components'
import { useState } from 'react'
import type { LectorFile } from '../api/client'
import { useActions, useMe } from '../api/queries'
import { moment } from '../shared/format'
import { Popup } from '../shared/Popup'
import { Problem } from '../shared/States'
import { useSpoken } from '../text'
import { DaysField } from '../upload/DaysField'
import { isDays } from '../upload/wishes'

/** When a file is deleted by itself, and how that is changed. */
export function Keep({ file }: { file: LectorFile }) {
  const { t, language } = useSpoken()
  const mayWrite = useMe().data?.scopes.includes('write') ?? false
  // null: never opened, so that the dialog is there only where it was wanted
  const [changing, setChanging] = useState<boolean | null>(null)
  const backTo = useRestoreFocusTarget()
  return (
    <>
      {file.delete_at ? t.file.deletedOn(moment(file.delete_at, language)) : t.file.neverDeleted}
      {mayWrite && (
        <Button {...backTo} size="small" appearance="transparent" onClick={() => setChanging(true)}>
          {t.file.changeKeeping}
        </Button>
      )}
      {changing !== null && <Change open={changing} file={file} close={() => setChanging(false)} />}
    </>
  )
}

interface Asked {
  open: boolean
  file: LectorFile
  close: () => void
}

function Change({ open, file, close }: Asked) {
  const { t } = useSpoken()
  const { keep } = useActions()
  const [days, setDays] = useState('')
  const end = () => {
    setDays('')
    close()
  }
  // a pressed button stays where it is until the dialog closes: only from there the focus goes back
  const change = (keep_days: number | null) =>
    keep.mutate({ id: file.id, keep_days }, { onSuccess: end })
  return (
    <Popup
      open={open}
      title={t.file.keepTitle}
      close={end}
      actions={
        <>
          <Button onClick={end}>{t.common.cancel}</Button>
          <Button
            disabledFocusable={!file.delete_at || keep.isPending}
            onClick={() => change(null)}
          >
            {t.file.keepAlways}
          </Button>
          <Button
            appearance="primary"
            disabledFocusable={!isDays(days) || keep.isPending}
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
