import {
  Button,
  Link,
  makeStyles,
  Menu,
  MenuDivider,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
} from '@fluentui/react-components'
import {
  ArrowClockwiseRegular,
  ArrowDownloadRegular,
  DeleteRegular,
  StopRegular,
} from '@fluentui/react-icons'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { isOpen, type LectorFile } from '../api/client'
import { useActions, useMe } from '../api/queries'
import { ConfirmDeletion } from '../files/ConfirmDeletion'
import { Problem } from '../shared/States'
import { useSpoken, useText } from '../text'
import { download, downloadOriginal, downloadReport, printReport, type Form } from './download'
import { useRetryHelps } from './Failure'

const useStyles = makeStyles({
  actions: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: '8px',
    alignItems: 'center',
    marginLeft: 'auto',
  },
  error: { flexBasis: '100%' },
})

/** What can be done with a file. */
export function FileActions({ file }: { file: LectorFile }) {
  const t = useText()
  const styles = useStyles()
  const navigate = useNavigate()
  const me = useMe().data
  const { retry, cancel, remove } = useActions()
  const [asking, setAsking] = useState(false)
  const mayWrite = me?.scopes.includes('write') ?? false
  const helps = useRetryHelps(file)
  const canRetry = helps && ['failed', 'incomplete', 'cancelled'].includes(file.status)
  const error = retry.error ?? cancel.error ?? remove.error
  return (
    <>
      <div className={styles.actions}>
        {file.progress.read > 0 && <Download id={file.id} />}
        {mayWrite && canRetry && (
          <Button
            icon={<ArrowClockwiseRegular />}
            appearance="primary"
            onClick={() => retry.mutate({ id: file.id })}
          >
            {file.progress.total ? t.files.retryFailed : t.common.retry}
          </Button>
        )}
        {mayWrite && isOpen(file) && (
          <Button icon={<StopRegular />} onClick={() => cancel.mutate(file.id)}>
            {t.files.stop}
          </Button>
        )}
        {mayWrite && (
          <Button icon={<DeleteRegular />} onClick={() => setAsking(true)}>
            {t.files.delete}
          </Button>
        )}
        {file.trace_url && <Link href={file.trace_url}>{t.file.trace}</Link>}
      </div>
      {error && (
        <div className={styles.error}>
          <Problem error={error} />
        </div>
      )}
      {asking && (
        <ConfirmDeletion
          files={[file]}
          cancel={() => setAsking(false)}
          confirm={() => remove.mutate([file.id], { onSuccess: () => void navigate('/') })}
        />
      )}
    </>
  )
}

function Download({ id }: { id: string }) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const get = useMutation({ mutationFn: (act: () => Promise<void>) => act() })
  const forms: [Form, string][] = [
    ['text', t.file.asText],
    ['markdown', t.file.asMarkdown],
    ['json', t.file.asJson],
    ['pdf', t.file.asPdf],
    ['hocr', t.file.asHocr],
    ['alto', t.file.asAlto],
  ]
  return (
    <>
      <Menu>
        <MenuTrigger>
          <Button icon={<ArrowDownloadRegular />} disabled={get.isPending}>
            {t.file.download}
          </Button>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            {forms.map(([form, words]) => (
              <MenuItem key={form} onClick={() => get.mutate(() => download(id, form))}>
                {words}
              </MenuItem>
            ))}
            <MenuDivider />
            <MenuItem onClick={() => get.mutate(() => downloadOriginal(id))}>
              {t.file.asOriginal}
            </MenuItem>
            <MenuItem onClick={() => get.mutate(() => downloadReport(id))}>
              {t.file.asReport}
            </MenuItem>
            <MenuItem onClick={() => get.mutate(() => printReport(id, language))}>
              {t.file.asReportPage}
            </MenuItem>
          </MenuList>
        </MenuPopover>
      </Menu>
      {get.error && (
        <div className={styles.error}>
          <Problem error={get.error} />
        </div>
      )}
    </>
  )
}
