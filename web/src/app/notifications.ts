/** Whether this browser is to tell of files that have ended; asked for only when somebody switches it on. */

import { useSyncExternalStore } from 'react'

const NAME = 'lector-notifications'
const listeners = new Set<() => void>()

/** Whether it can: not on an address without https, nor in every browser of a phone. */
export const canNotify = () => isSecureContext && 'Notification' in globalThis

export const isNotified = () =>
  canNotify() && localStorage.getItem(NAME) === 'on' && Notification.permission === 'granted'

/** Switch it on or off; it stays off where the browser was told not to allow it. */
export async function notify(on: boolean): Promise<void> {
  const isAllowed = on && (await Notification.requestPermission()) === 'granted'
  if (isAllowed) localStorage.setItem(NAME, 'on')
  else localStorage.removeItem(NAME)
  listeners.forEach((listener) => listener())
}

export function useNotified(): boolean {
  return useSyncExternalStore(subscribe, isNotified)
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Show a notice that stands in place of the one before; what it is about is shown when it is clicked. */
export function show(title: string, body: string, open: () => void): void {
  try {
    const notice = new Notification(title, { body, tag: 'lector', icon: '/icon.svg' })
    notice.onclick = () => {
      window.focus()
      notice.close()
      open()
    }
  } catch {
    // phones have the class, and let only service workers use it
  }
}
