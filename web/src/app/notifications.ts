/** Whether this browser is to tell of files that have ended; asked for only when somebody switches it on. */

import { useSyncExternalStore } from 'react'

const NAME = 'lector-notifications'
const listeners = new Set<() => void>()

/** Whether it can: not on an address without https, nor in every browser of a phone. */
export const canNotify = () => isSecureContext && 'Notification' in globalThis

export const isNotified = () =>
  canNotify() && localStorage.getItem(NAME) === 'on' && Notification.permission === 'granted'

/** Why it stays off: the browser was told not to allow it, or has no way to show a notice. */
export type Refusal = 'denied' | 'unable'

/** Switch it on, if a first notice with this title can be shown; else it stays off, for a reason. */
export async function notify(title: string): Promise<Refusal | null> {
  const isAllowed = (await Notification.requestPermission()) === 'granted'
  if (!isAllowed || !show(title)) {
    stopNotifying()
    return isAllowed ? 'unable' : 'denied'
  }
  localStorage.setItem(NAME, 'on')
  tell()
  return null
}

export function stopNotifying(): void {
  localStorage.removeItem(NAME)
  tell()
}

const tell = () => listeners.forEach((listener) => listener())

export function useNotified(): boolean {
  return useSyncExternalStore(subscribe, isNotified)
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Show a notice that stands in place of the one before; what it is about is shown when it is clicked.
 * Returns whether it could be shown. */
export function show(title: string, body = '', open: () => void = () => {}): boolean {
  try {
    const notice = new Notification(title, { body, tag: 'lector', icon: '/icon.svg' })
    notice.onclick = () => {
      window.focus()
      notice.close()
      open()
    }
    return true
  } catch {
    // phones have the class, and let only service workers use it
    return false
  }
}
