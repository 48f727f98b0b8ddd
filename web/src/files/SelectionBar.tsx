import { Button, makeStyles, Text, tokens, useRestoreFocusTarget } from '@fluentui/react-components'
import {
  ArrowClockwiseRegular,
  DeleteRegular,
  DismissRegular,
  StopRegular,
} from '@fluentui/react-icons'
import { lazy, Suspense, useState } from 'react'
import type { LectorFile } from '../api/client'
import { useActions } from '../api/queries'
import { useText } from '../text'
import { Problem } from '../shared/States'
import type { Selection } from './selection'

const ConfirmDeletion = lazy(async () => ({
  default: (await import('./ConfirmDeletion')).ConfirmDeletion,
}))

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: '8px',
    padding: '8px 12px',
    marginBottom: '8px',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorBrandBackground2,
    position: 'sticky',
    top: '8px',
    zIndex: 2,
  },
})

const AT_ONCE = 100

/** What can be done with the files that are selected. */
export function SelectionBar({ files, selection }: { files: LectorFile[]; selection: Selection }) {
  const t = useText()
  const styles = useStyles()
  const { retry, cancel, remove } = useActions()
  const [asking, setAsking] = useState<boolean | null>(null)
  const backTo = useRestoreFocusTarget()
  const chosen = files.filter((file) => selection.has(file.id))
  const error = retry.error ?? cancel.error ?? remove.error
  if (!chosen.length) return error && <Problem error={error} />
  const open = chosen.filter((file) => ['uploaded', 'reading', 'announced'].includes(file.status))
  const failed = chosen.filter((file) =>
    ['failed', 'incomplete', 'cancelled'].includes(file.status),
  )
  const deleteAll = async () => {
    setAsking(false)
    try {
      for (let start = 0; start < chosen.length; start += AT_ONCE)
        await remove.mutateAsync(selection.ids.slice(start, start + AT_ONCE))
      selection.clear()
    } catch {
      return // `remove.error` is shown, and what is left stays selected
    }
  }
  return (
    <div className={styles.bar} role="toolbar" aria-label={t.files.selected(chosen.length)}>
      <Text weight="semibold">{t.files.selected(chosen.length)}</Text>
      <Button {...backTo} icon={<DeleteRegular />} onClick={() => setAsking(true)}>
        {t.files.delete}
      </Button>
      <Button
        icon={<ArrowClockwiseRegular />}
        disabled={!failed.length}
        onClick={() => failed.forEach((file) => retry.mutate({ id: file.id }))}
      >
        {t.files.retryFailed}
      </Button>
      <Button
        icon={<StopRegular />}
        disabled={!open.length}
        onClick={() => open.forEach((file) => cancel.mutate(file.id))}
      >
        {t.files.stop}
      </Button>
      <Button
        appearance="subtle"
        icon={<DismissRegular />}
        aria-label={t.common.close}
        onClick={selection.clear}
      />
      {error && <Problem error={error} />}
      {asking !== null && (
        <Suspense>
          <ConfirmDeletion
            open={asking}
            files={chosen}
            confirm={() => void deleteAll()}
            cancel={() => setAsking(false)}
          />
        </Suspense>
      )}
    </div>
  )
}
