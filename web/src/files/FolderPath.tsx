import { Button, Link, makeStyles, tokens } from '@fluentui/react-components'
import { DismissRegular, FolderRegular } from '@fluentui/react-icons'
import { useEffect, useRef } from 'react'
import { useText } from '../text'

const useStyles = makeStyles({
  path: { display: 'flex', alignItems: 'center', gap: '8px', margin: '0 0 8px' },
  icon: { flexShrink: 0, color: tokens.colorNeutralForeground2 },
  names: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: '2px 8px',
    margin: 0,
    padding: 0,
    listStyleType: 'none',
    overflowWrap: 'anywhere',
  },
})

interface Shown {
  folder: string
  go: (folder: string) => void
}

/** The folder whose files are listed, and the way up from there. */
export function FolderPath({ folder, go }: Shown) {
  const t = useText()
  const styles = useStyles()
  const names = folder.split('/')
  const current = useRef<HTMLElement>(null)
  const goesUp = useRef(false)
  // the link that was followed is gone then, and the focus with it
  useEffect(() => {
    if (goesUp.current) current.current?.focus()
    goesUp.current = false
  }, [folder])
  const up = (at: number) => {
    goesUp.current = true
    go(names.slice(0, at + 1).join('/'))
  }
  return (
    <nav className={styles.path} aria-label={t.files.folder}>
      <FolderRegular className={styles.icon} aria-hidden />
      <ol className={styles.names}>
        {names.map((name, at) => (
          <li key={at}>
            {at === names.length - 1 ? (
              <strong ref={current} tabIndex={-1} aria-current="page">
                {name}
              </strong>
            ) : (
              <>
                <Link onClick={() => up(at)}>{name}</Link> <span aria-hidden>›</span>
              </>
            )}
          </li>
        ))}
      </ol>
      <Button
        size="small"
        appearance="subtle"
        icon={<DismissRegular />}
        title={t.files.allFolders}
        aria-label={t.files.allFolders}
        onClick={() => go('')}
      />
    </nav>
  )
}
