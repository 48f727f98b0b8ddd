import type { Hit } from '../api/client'

/** Hits by file; files in the order of their best hit. */
export function byFile(hits: Hit[]): Hit[][] {
  const groups = new Map<string, Hit[]>()
  for (const hit of hits) groups.set(hit.file_id, [...(groups.get(hit.file_id) ?? []), hit])
  return [...groups.values()]
}
