import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
} from '@fluentui/react-components'
import type { LectorFile } from '../api/client'
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
    <Dialog open={open} modalType="alert" onOpenChange={cancel}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{t.files.deleteTitle(files.length)}</DialogTitle>
          <DialogContent>
            <ul>
              {files.slice(0, SHOWN).map((file) => (
                <li key={file.id}>{file.name}</li>
              ))}
              {files.length > SHOWN && <li>…</li>}
            </ul>
            {t.files.deleteHint(files.reduce((sum, file) => sum + file.progress.read, 0))}
          </DialogContent>
          <DialogActions>
            <Button onClick={cancel}>{t.common.cancel}</Button>
            <Button appearance="primary" onClick={confirm}>
              {t.files.delete}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
