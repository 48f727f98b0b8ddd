import { useMemo, useState } from 'react'

export interface Selection {
  has: (id: string) => boolean
  ids: string[]
  all: boolean
  /** Turn one on or off; with `range`, all from the one that was turned last. */
  toggle: (id: string, range: boolean) => void
  toggleAll: () => void
  select: (ids: string[]) => void
  clear: () => void
}

/** What of a list is selected; what leaves the list leaves the selection. */
export function useSelection(listed: string[]): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [last, setLast] = useState<string | null>(null)
  return useMemo(() => {
    const ids = listed.filter((id) => chosen.has(id))
    const all = ids.length > 0 && ids.length === listed.length
    return {
      ids,
      all,
      has: (id) => chosen.has(id),
      toggle: (id, range) => {
        setChosen(toggled(listed, chosen, id, range ? last : null))
        setLast(id)
      },
      toggleAll: () => setChosen(new Set(all ? [] : listed)),
      select: (ids) => setChosen(new Set(ids)),
      clear: () => setChosen(new Set()),
    }
  }, [listed, chosen, last])
}

/** The selection after one was turned on or off, and with it all between it and another. */
export function toggled(
  listed: string[],
  chosen: ReadonlySet<string>,
  id: string,
  from: string | null,
): Set<string> {
  const [start, end] = [listed.indexOf(from ?? id), listed.indexOf(id)].sort((a, b) => a - b)
  const range = start! < 0 ? [id] : listed.slice(start, end! + 1)
  const result = new Set(chosen)
  const on = !chosen.has(id)
  for (const one of range)
    if (on) result.add(one)
    else result.delete(one)
  return result
}
