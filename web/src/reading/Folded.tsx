import { makeStyles, tokens } from '@fluentui/react-components'
import type { ReactNode } from 'react'
import { useKept } from '../shared/kept'

const useStyles = makeStyles({
  box: { flex: 'none', marginTop: '8px' },
  title: {
    cursor: 'pointer',
    padding: '6px 2px',
    fontWeight: tokens.fontWeightSemibold,
    borderRadius: tokens.borderRadiusMedium,
    width: 'fit-content',
  },
  hint: { fontWeight: tokens.fontWeightRegular, color: tokens.colorNeutralForeground2 },
})

/** What is there for whoever wants it; it stays open, or closed, for every page. */
export function Folded({ name, title, hint, children }: Shown) {
  const styles = useStyles()
  const [isOpen, setOpen] = useKept<boolean>(name, false)
  return (
    <details
      className={styles.box}
      open={isOpen}
      onToggle={({ currentTarget }) => currentTarget.open !== isOpen && setOpen(currentTarget.open)}
    >
      <summary className={styles.title}>
        {title} {hint && <span className={styles.hint}>· {hint}</span>}
      </summary>
      {isOpen && children}
    </details>
  )
}

interface Shown {
  /** By which it is kept whether it is open. */
  name: string
  title: string
  /** What is said of it while it is closed, too. */
  hint?: string | null
  children: ReactNode
}
