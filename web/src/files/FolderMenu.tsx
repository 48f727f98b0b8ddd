import {
  makeStyles,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  type MenuProps,
  Spinner,
} from '@fluentui/react-components'
import { FolderRegular } from '@fluentui/react-icons'
import { useQuery } from '@tanstack/react-query'
import { api, sent } from '../api/client'
import { useError } from '../shared/hooks'
import { Popup } from '../shared/Popup'
import { Problem } from '../shared/States'
import { useText } from '../text'

const useStyles = makeStyles({
  popover: { maxHeight: '60vh', overflowY: 'auto' },
})

/** The API counts no further. */
const MOST_COUNTED = 100_000

interface Shown {
  /** Whose folders are offered; nothing: those at the top. */
  folder: string
  /** The button that they were asked for with. */
  target: HTMLElement
  go: (folder: string) => void
  close: () => void
}

/** The folders right below one, with how many files each holds. */
export default function FolderMenu({ folder, target, go, close }: Shown) {
  const t = useText()
  const styles = useStyles()
  const list = useQuery({
    queryKey: ['folders', folder],
    queryFn: () => sent(api.GET('/v1/folders', { params: { query: folder ? { folder } : {} } })),
    // files come meanwhile: it is asked for whenever somebody opens it
    gcTime: 0,
    // and who waits at its button is told at once, not in front of what he does half a minute later
    retry: false,
  })
  const error = useError(list)
  if (error)
    return (
      <Popup title={t.files.folders} close={close} actions={null}>
        <Problem error={error} again={list.refetch} byItself={false} />
      </Popup>
    )
  // not before they are there: what has the focus stays where it is
  if (!list.data) return <Spinner size="tiny" aria-label={t.common.loading} />
  const { folders, is_whole } = list.data
  const choose = (chosen: string) => {
    go(chosen)
    close()
  }
  // its button closes it by itself; if it were closed before, that would open it again
  const changed: MenuProps['onOpenChange'] = ({ target: at }, { open }) => {
    if (!open && !target.contains(at as Node)) close()
  }
  return (
    <Menu open positioning={{ target }} onOpenChange={changed}>
      <MenuPopover className={styles.popover}>
        <MenuList aria-label={t.files.folders}>
          {folders.map((one) => (
            <MenuItem
              key={one.folder}
              icon={<FolderRegular />}
              secondaryContent={
                one.files < MOST_COUNTED
                  ? t.files.count(one.files)
                  : t.files.orMore(t.files.count(MOST_COUNTED))
              }
              onClick={() => choose(one.folder)}
            >
              {one.folder.split('/').at(-1)}
            </MenuItem>
          ))}
          {!folders.length && <MenuItem disabled>{t.files.noFolders}</MenuItem>}
          {!is_whole && <MenuItem disabled>{t.files.moreFolders}</MenuItem>}
        </MenuList>
      </MenuPopover>
    </Menu>
  )
}
