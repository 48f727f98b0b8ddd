import { Menu, MenuDivider, MenuItem, MenuList, MenuPopover } from '@fluentui/react-components'
import {
  ArrowClockwiseRegular,
  ArrowDownloadRegular,
  DeleteRegular,
  OpenRegular,
  StopRegular,
} from '@fluentui/react-icons'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { isOpen, type LectorFile } from '../api/client'
import { useActions } from '../api/queries'
import { download, downloadOriginal } from '../file/download'
import { Popup } from '../shared/Popup'
import { Problem } from '../shared/States'
import { useText } from '../text'
import { ConfirmDeletion } from './ConfirmDeletion'

/** A file that somebody wants to do something with, and the button by which he said so. */
export interface Asked {
  file: LectorFile
  target: HTMLElement
}

interface Shown {
  asked: Asked
  mayWrite: boolean
  close: () => void
}

/** What can be done with one file of a list; one menu serves all rows. */
export function RowMenu({ asked: { file, target }, mayWrite, close }: Shown) {
  const t = useText()
  const navigate = useNavigate()
  const { retry, cancel, remove } = useActions()
  const get = useMutation({ mutationFn: (act: () => Promise<void>) => act() })
  const [deleting, setDeleting] = useState(false)
  const leave = () => {
    close()
    target.focus()
  }
  const then = { onSuccess: leave }
  const error = retry.error ?? cancel.error ?? remove.error ?? get.error
  if (error)
    return (
      <Popup title={file.name} close={leave} actions={null}>
        <Problem error={error} />
      </Popup>
    )
  if (deleting)
    return (
      <ConfirmDeletion
        files={[file]}
        cancel={leave}
        confirm={() => remove.mutate([file.id], { onSuccess: close })}
      />
    )
  const canRetry = ['failed', 'incomplete', 'cancelled'].includes(file.status)
  return (
    <Menu open positioning={{ target }} onOpenChange={(_, { open }) => open || leave()}>
      <MenuPopover>
        <MenuList>
          <MenuItem icon={<OpenRegular />} onClick={() => void navigate(`/files/${file.id}`)}>
            {t.files.openFile}
          </MenuItem>
          {file.progress.read > 0 && (
            <Save act={() => get.mutate(() => download(file.id, 'text'), then)}>
              {t.file.asText}
            </Save>
          )}
          {file.progress.read > 0 && (
            <Save act={() => get.mutate(() => download(file.id, 'pdf'), then)}>{t.file.asPdf}</Save>
          )}
          {file.uploaded_at && (
            <Save act={() => get.mutate(() => downloadOriginal(file.id), then)}>
              {t.file.asOriginal}
            </Save>
          )}
          {mayWrite && <MenuDivider />}
          {mayWrite && canRetry && (
            <MenuItem
              persistOnClick
              icon={<ArrowClockwiseRegular />}
              onClick={() => retry.mutate({ id: file.id }, then)}
            >
              {file.progress.total ? t.files.retryFailed : t.common.retry}
            </MenuItem>
          )}
          {mayWrite && isOpen(file) && (
            <MenuItem
              persistOnClick
              icon={<StopRegular />}
              onClick={() => cancel.mutate(file.id, then)}
            >
              {t.files.stop}
            </MenuItem>
          )}
          {mayWrite && (
            <MenuItem persistOnClick icon={<DeleteRegular />} onClick={() => setDeleting(true)}>
              {t.files.delete}
            </MenuItem>
          )}
        </MenuList>
      </MenuPopover>
    </Menu>
  )
}

function Save({ act, children }: { act: () => void; children: string }) {
  return (
    <MenuItem persistOnClick icon={<ArrowDownloadRegular />} onClick={act}>
      {children}
    </MenuItem>
  )
}
