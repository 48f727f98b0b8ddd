import { useEffect, useState } from 'react'
import type { WholePage } from '../api/client'
import { spotsOf } from '../reading/spots'
import { begin, type Draft } from './draft'

interface Kept {
  /** The version of the page that it was begun with. */
  version: number
  /** The page's text then. */
  before: string
  draft: Draft
}

/** What was changed and not saved, of every page: whoever comes back finds it. */
const unsaved = new Map<string, Kept>()

const keptOf = (page: WholePage): Kept => {
  const before = page.text ?? ''
  return { version: page.version, before, draft: begin(before, spotsOf(page)) }
}

/** A page's text as somebody changes it; it stays when the page changes meanwhile, and says so. */
export function useDraft(id: string, page: WholePage) {
  const key = `${id} ${page.number}`
  const [kept, setKept] = useState<Kept>(() => unsaved.get(key) ?? keptOf(page))
  const isChanged = kept.draft.text !== kept.before
  const isOld = kept.version !== page.version
  // Nobody has changed anything: then what is new is shown.
  if (isOld && !isChanged) setKept(keptOf(page))
  useEffect(() => {
    if (isChanged) unsaved.set(key, kept)
    else unsaved.delete(key)
  }, [key, kept, isChanged])
  useEffect(() => {
    if (!isChanged) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', ask)
    return () => removeEventListener('beforeunload', ask)
  }, [isChanged])
  return {
    draft: kept.draft,
    isChanged,
    /** Whether somebody else has changed the page since it was begun. */
    isConflict: isOld && isChanged,
    change: (draft: Draft) => setKept({ ...kept, draft }),
    /** What was changed is saved, or no longer wanted. */
    drop: () => {
      unsaved.delete(key)
      setKept(keptOf(page))
    },
  }
}
