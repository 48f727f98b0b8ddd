import {
  Button,
  makeStyles,
  Spinner,
  Text,
  tokens,
  useRestoreFocusTarget,
} from '@fluentui/react-components'
import {
  ArrowClockwiseRegular,
  DeleteRegular,
  DismissRegular,
  StopRegular,
} from '@fluentui/react-icons'
import { lazy, Suspense, useState } from 'react'
import type { LectorFile } from '../api/client'
import { useActions } from '../api/queries'
import { useSpoken } from '../text'
import { Problem } from '../shared/States'
import type { Selection } from './selection'

const ZipMenu = lazy(async () => ({ default: (await import('./ZipMenu')).ZipMenu }))
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

interface Chosen {
  files: LectorFile[]
  selection: Selection
  /** How many files the filter means, of which some may not be loaded yet. */
  count: number | undefined
  selectEvery: () => Promise<void>
}

/** What can be done with the files that are selected. */
export function SelectionBar({ files, selection, count = 0, selectEvery }: Chosen) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const { retryMany: retry, cancelMany: cancel, remove } = useActions()
  const [loading, setLoading] = useState(false)
  const [asking, setAsking] = useState<boolean | null>(null)
  const backTo = useRestoreFocusTarget()
  const chosen = files.filter((file) => selection.has(file.id))
  const error = retry.error ?? cancel.error ?? remove.error
  if (!chosen.length) return error && <Problem error={error} />
  const open = chosen.filter((file) => ['uploaded', 'reading', 'announced'].includes(file.status))
  const failed = chosen.filter((file) =>
    ['failed', 'incomplete', 'cancelled'].includes(file.status),
  )
  const busy = loading || retry.isPending || cancel.isPending || remove.isPending
  const idsOf = (some: LectorFile[]) => some.map(({ id }) => id)
  const deleteAll = () => {
    setAsking(false)
    // where it fails, `remove.error` is shown, and what is left stays selected
    remove.mutate(selection.ids, { onSuccess: selection.clear })
  }
  const every = async () => {
    setLoading(true)
    await selectEvery().finally(() => setLoading(false))
  }
  return (
    <div className={styles.bar} role="toolbar" aria-label={t.files.selected(chosen.length)}>
      <Text weight="semibold">{t.files.selected(chosen.length)}</Text>
      {selection.all && count > chosen.length && (
        <Button appearance="subtle" disabled={busy} onClick={() => void every()}>
          {t.files.selectEvery(count.toLocaleString(language))}
        </Button>
      )}
      {busy && <Spinner size="tiny" aria-label={t.common.loading} />}
      <Button {...backTo} icon={<DeleteRegular />} disabled={busy} onClick={() => setAsking(true)}>
        {t.files.delete}
      </Button>
      <Suspense>
        <ZipMenu ids={selection.ids} />
      </Suspense>
      <Button
        icon={<ArrowClockwiseRegular />}
        disabled={busy || !failed.length}
        onClick={() => retry.mutate(idsOf(failed))}
      >
        {t.files.retryFailed}
      </Button>
      <Button
        icon={<StopRegular />}
        disabled={busy || !open.length}
        onClick={() => cancel.mutate(idsOf(open))}
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
            confirm={deleteAll}
            cancel={() => setAsking(false)}
          />
        </Suspense>
      )}
    </div>
  )
}
