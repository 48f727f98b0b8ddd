import { useTableStyles } from './tableStyles'

interface Shown {
  label: string
  checked: boolean
  /** Whether it is so of some of what it stands for. */
  some?: boolean
  /** It was pressed, with Shift or without. */
  turn: (withShift: boolean) => void
}

/** A box to tick, with as much around it as a finger needs. */
export function Tick({ label, checked, some = false, turn }: Shown) {
  const styles = useTableStyles()
  return (
    <label
      className={styles.target}
      onClick={(event) => {
        // Firefox takes no click with Shift from around a box to the box
        if (!event.shiftKey || event.target !== event.currentTarget) return
        event.preventDefault()
        turn(true)
      }}
    >
      <input
        type="checkbox"
        className={styles.box}
        ref={(box) => {
          if (box) box.indeterminate = some
        }}
        checked={checked}
        aria-label={label}
        onChange={({ nativeEvent }) => turn((nativeEvent as unknown as MouseEvent).shiftKey)}
      />
    </label>
  )
}
