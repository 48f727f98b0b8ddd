import { useState } from 'react'

/** What somebody chose on this device, which stays so; a value that is not known is as if there were none. */
export function useKept<Value extends string | number | boolean>(
  name: string,
  initial: Value,
  isKnown: (value: Value) => boolean = (value) => typeof value === typeof initial,
): [Value, (value: Value) => void] {
  const key = `lector-${name}`
  const [value, setValue] = useState<Value>(() => {
    try {
      const kept = JSON.parse(localStorage.getItem(key) ?? 'null') as Value | null
      return kept !== null && isKnown(kept) ? kept : initial
    } catch {
      return initial
    }
  })
  const keep = (chosen: Value) => {
    localStorage.setItem(key, JSON.stringify(chosen))
    setValue(chosen)
  }
  return [value, keep]
}
