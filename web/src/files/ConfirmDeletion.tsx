import { Button } from '@fluentui/react-components'
import type { LectorFile } from '../api/client'
import { Popup } from '../shared/Popup'
import { useText } from '../text'

interface Asked {
  open?: boolean
  files: LectorFile[]
  confirm: () => void
  cancel: () => void
}

const SHOWN = 5

/** Says what is lost before it is. */
export function ConfirmDeletion({ open = true, files, confirm, cancel }: Asked) {
  const t = useText()
  return (
    <Popup
      open={open}
      asks
      title={t.files.deleteTitle(files.length)}
      close={cancel}
      actions={
        <>
          <Button onClick={cancel}>{t.common.cancel}</Button>
          <Button appearance="primary" onClick={confirm}>
            {t.files.delete}
          </Button>
        </>
      }
    >
      <ul>
        {files.slice(0, SHOWN).map((file) => (
          <li key={file.id}>{file.name}</li>
        ))}
        {files.length > SHOWN && <li>…</li>}
      </ul>
      {t.files.deleteHint(files.reduce((sum, file) => sum + file.progress.read, 0))}
    </Popup>
  )
}
