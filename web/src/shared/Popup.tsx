import {
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
} from '@fluentui/react-components'
import type { ReactNode } from 'react'

interface Shown {
  /** Closed, not taken away, where what it covers must be freed and the focus must go back. */
  open?: boolean
  title: string
  /** Whether it must be answered, and not merely left. */
  asks?: boolean
  /** Buttons, the last of them the one that is meant to be pressed. */
  actions: ReactNode
  close?: () => void
  children: ReactNode
}

/** Something said in front of everything else. */
export function Popup({ open = true, title, asks = false, actions, close, children }: Shown) {
  return (
    <Dialog
      open={open}
      modalType={asks ? 'alert' : 'modal'}
      {...(close && { onOpenChange: close })}
    >
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{title}</DialogTitle>
          <DialogContent>{children}</DialogContent>
          <DialogActions>{actions}</DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
